import { toDeliveryError } from '../../delivery/retry-rule.js'
import { DeliveryError } from '../../model/errors.js'
import type { HttpResponse, RequestOptions } from '../../net/http-client.js'
import { createTokenCache, type IssuedToken } from '../../net/token-cache.js'
import { asRecord, parseObject, readText } from '../../shared/json.js'
import type { PlatformDeps } from '../platform.js'
import { admitUrl, type Cloud } from './proof/cloud.js'
import { retryExceptions } from './retry-exceptions.js'
import type { Settings } from './settings.js'
import { name, type ReplyTo } from './wire.js'

/** One call of the service at an activity's address. */
export interface ApiCall {
  readonly method: NonNullable<RequestOptions['method']>
  /** Relative to that address. */
  readonly path: string
  readonly body?: object
  readonly to: ReplyTo
}

/** The service's API. Throws ResponseError unless the call succeeds. */
export type Api = (call: ApiCall) => Promise<HttpResponse>

/** What calling the API needs. */
export interface ApiDeps
  extends Pick<Settings, 'app' | 'tenantId' | 'cloud'>,
    Pick<PlatformDeps, 'request' | 'store' | 'encryptor' | 'onTokenFetched'> {}

/** Creates the client. After a 401, a call is repeated once with a new token. */
export function createApi(deps: ApiDeps): Api {
  const { app, tenantId, cloud, request, store, encryptor } = deps
  const tokens = createTokenCache({ store, ...(encryptor ? { encryptor } : {}), fetch: () => issueToken(deps) })
  /** A multi-tenant app gets its token from the service's own tenant. */
  const key = `${name}/${app?.id ?? ''}/${tenantId ?? 'botframework.com'}`

  async function send({ to, path, method, body }: ApiCall, token: string | undefined): Promise<HttpResponse> {
    const url = admitUrl(to.serviceUrl.replace(/\/*$/, '') + path, to.unsigned ? local(cloud) : cloud)
    if (!url) throw new DeliveryError('the address of the service is not allowed', { retry: false })
    return await request(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body && JSON.stringify(body),
      timeoutMs: 20_000, // the service is slow, and posts requests that timed out
      privateAllowed: to.unsigned === true || cloud.named(url),
    })
  }

  return async (call) => {
    const token = call.to.unsigned || !app?.password ? undefined : await tokens.get(key)
    let answer = await send(call, token)
    if (answer.status === 401 && token !== undefined) {
      tokens.invalidate(key, token)
      answer = await send(call, await tokens.get(key))
    }
    if (answer.status >= 200 && answer.status < 300) return answer
    throw toDeliveryError(answer, retryExceptions)
  }
}

/** Requests without a token come only from this machine, and are answered there. */
function local(cloud: Cloud): Cloud {
  return { ...cloud, named: ({ hostname }) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname) }
}

/** https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector */
async function issueToken({ app, tenantId, cloud, request, onTokenFetched }: ApiDeps): Promise<IssuedToken> {
  onTokenFetched?.(name)
  const url = new URL(`/${tenantId ?? 'botframework.com'}/oauth2/v2.0/token`, cloud.loginUrl)
  const form = { client_id: app?.id ?? '', client_secret: app?.password ?? '', scope: cloud.scope }
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
    privateAllowed: cloud.named(url),
  })
  const { access_token, expires_in } = asRecord(parseObject(answer.body))
  const [token, seconds] = [readText(access_token), Number(expires_in)]
  if (answer.status === 200 && token && seconds > 0) return { token, expiresInMs: seconds * 1_000 }
  throw toDeliveryError({ ...answer, status: answer.status === 200 ? 502 : answer.status }, tokenExceptions)
}

const tokenExceptions = {
  service: 'the login service',
  meanings: {
    400: ': TEAMS_APP_ID or TEAMS_TENANT_ID is not one that it knows',
    401: ': TEAMS_APP_PASSWORD is not the current secret of the app',
  },
}
