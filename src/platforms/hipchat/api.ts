import { setTimeout as sleep } from 'node:timers/promises'
import { toDeliveryError } from '../../delivery/retry-rule.js'
import { DeliveryError, uninstalledError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { HttpResponse, RequestOptions } from '../../net/http-client.js'
import { createTokenCache, type IssuedToken, type TokenCache } from '../../net/token-cache.js'
import { createCache } from '../../shared/cache.js'
import type { PlatformDeps } from '../platform.js'
import type { AllowedHosts } from './installation/allowed-hosts.js'
import { credentialsOf, requestToken } from './installation/oauth.js'
import { readPause, remainingHeaders, retryExceptions, staleToken } from './retry-exceptions.js'
import { name } from './wire.js'

/** The scope that a call needs. */
export type Scope = (typeof scopes)[number]

/** One call of a server's room API. */
export interface ApiCall {
  readonly scope: Scope
  readonly method: NonNullable<RequestOptions['method']>
  readonly roomId: string
  /** The path below the room's own address; empty for the room itself. */
  readonly path: string
  readonly body?: object
  /** Another status that counts as success, such as 404 when removing something. */
  readonly alsoFine?: number
}

/** The room API of all servers, with each installation's token. */
export interface Api {
  /** Throws DeliveryError unless the call succeeds. */
  call(installation: Installation, call: ApiCall): Promise<HttpResponse>
  /** Forgets an installation's tokens. */
  drop(installationId: string): Promise<void>
}

/** What the API needs. */
export interface ApiDeps
  extends Pick<PlatformDeps, 'request' | 'installations' | 'store' | 'encryptor' | 'log' | 'onTokenFetched'> {
  readonly hosts: AllowedHosts
  /** Called when the server refuses a token because the installation is gone. */
  readonly onGone?: (installationId: string) => Promise<void>
}

/** Creates the client of the room API. It caches and renews tokens and respects rate limits in advance. */
export function createApi(deps: ApiDeps): Api {
  const { request, hosts, installations, onGone, log, onTokenFetched } = deps
  const tokens: TokenCache = createTokenCache({ ...deps, fetch: issue })
  const pausedUntil = createCache<number>({ max: 10_000 })

  async function call(installation: Installation, wanted: ApiCall): Promise<HttpResponse> {
    heedPause(installation, wanted)
    const key = tokenKey(installation.id, wanted.scope)
    const token = await tokens.get(key)
    let answer = await send(installation, wanted, token)
    if (answer.status === staleToken) {
      tokens.invalidate(key, token)
      answer = await send(installation, wanted, await tokens.get(key))
    }
    notePause(installation, wanted, answer)
    if (answer.status === wanted.alsoFine || (answer.status >= 200 && answer.status < 300)) return answer
    throw toDeliveryError(answer, retryExceptions)
  }

  async function send({ details }: Installation, wanted: ApiCall, token: string): Promise<HttpResponse> {
    const path = wanted.path && `/${wanted.path}`
    const url = hosts.admit(`${details['apiUrl']}room/${encodeURIComponent(wanted.roomId)}${path}`)
    if (!url) throw new DeliveryError('the server is no longer on HIPCHAT_HOSTS', { retry: false })
    return await request(url, {
      method: wanted.method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: wanted.body && JSON.stringify(wanted.body),
      privateAllowed: hosts.named(url),
    })
  }

  /** Concurrent callers share one request; the cache key is the installation's id. */
  async function issue(key: string): Promise<IssuedToken> {
    const [, id = '', scope] = key.split('/')
    const installation = await installations.find(name, id)
    if (!installation) throw uninstalledError()
    onTokenFetched?.(name)
    const grant = await requestToken(deps, credentialsOf(installation), scope)
    if (grant.granted) return grant
    if (grant.answer.status === 401) await judgeRefusal(installation)
    throw toDeliveryError(grant.answer, retryExceptions)
  }

  /** A server that refuses the id and secret for any scope has uninstalled us, unless another process just got new ones. */
  async function judgeRefusal(installation: Installation): Promise<void> {
    await sleep(1_000)
    const current = await installations.find(name, installation.id)
    if (current && current.secrets['oauthSecret'] !== installation.secrets['oauthSecret']) {
      throw new DeliveryError('the secret has just changed', { retry: true })
    }
    const second = await requestToken(deps, credentialsOf(installation))
    if (second.granted) throw new DeliveryError('the server does not grant the scope', { retry: false })
    if (second.answer.status !== 401) throw toDeliveryError(second.answer, retryExceptions)
    await installations.remove(name, installation.id)
    await Promise.all([drop(installation.id), onGone?.(installation.id)])
    log.warn(
      { installation: installation.id, tenant: installation.tenant.id },
      'uninstalled: the server no longer accepts the credentials',
    )
    throw uninstalledError()
  }

  function heedPause(installation: Installation, { roomId }: ApiCall): void {
    const wide = (pausedUntil.get(installation.id) ?? 0) - Date.now()
    const here = (pausedUntil.get(`${installation.id}/${roomId}`) ?? 0) - Date.now()
    if (wide <= 0 && here <= 0) return
    const retryAfterMs = Math.max(wide, here)
    throw new DeliveryError('the rate limit is reached', { retry: true, retryAfterMs, installationWide: wide > 0 })
  }

  /** Also after a success, because the last free call says when the next one is possible. */
  function notePause(installation: Installation, { roomId }: ApiCall, answer: HttpResponse): void {
    if (answer.status < 300 && !mayBeLast(answer)) return
    const pause = readPause(answer)
    if (pause?.ms) pausedUntil.set(pause.wide ? installation.id : `${installation.id}/${roomId}`, Date.now() + pause.ms)
  }

  async function drop(installationId: string): Promise<void> {
    await Promise.all(scopes.map((scope) => tokens.delete(tokenKey(installationId, scope))))
  }

  return { call, drop }
}

const scopes = ['send_notification', 'admin_room', 'view_room', 'view_group'] as const

/** Whether a limit may be used up; most responses have some left and need no closer look. */
function mayBeLast({ headers }: HttpResponse): boolean {
  return remainingHeaders.some((name) => headers[name]?.includes('0'))
}

function tokenKey(installationId: string, scope: string): string {
  return `${name}/${installationId}/${scope}`
}
