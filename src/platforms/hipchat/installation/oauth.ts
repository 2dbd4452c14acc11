import { NetworkError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import type { HttpResponse } from '../../../net/http-client.js'
import { parseObject } from '../../../shared/json.js'
import { readId } from '../wire.js'
import type { OutboundAccess } from './capabilities.js'

/** A server's response to an installation's id and secret. */
export type OauthGrant =
  | {
      readonly granted: true
      readonly token: string
      readonly expiresInMs: number
      readonly scopes: readonly string[]
      readonly groupId?: string
      readonly groupName?: string
    }
  | { readonly granted: false; readonly answer: HttpResponse }

/** An installation's id and secret, and the server that can check them. */
export interface Credentials {
  readonly tokenUrl: string
  readonly oauthId: string
  readonly oauthSecret: string
}

/** Requests a token; without `scope`, for all granted scopes. Throws NetworkError. */
export async function requestToken(
  { request, hosts }: OutboundAccess,
  { tokenUrl, oauthId, oauthSecret }: Credentials,
  scope?: string,
): Promise<OauthGrant> {
  const url = hosts.admit(tokenUrl)
  if (!url) throw new NetworkError('The token address is not on HIPCHAT_HOSTS.', 'address')
  const answer = await request(url.href, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${oauthId}:${oauthSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }).toString(),
    maxBytes: 65_536,
    timeoutMs: 5_000,
    privateAllowed: hosts.named(url),
  })
  return readGrant(answer)
}

/** The credentials of a stored installation. */
export function credentialsOf({ id, details, secrets }: Installation): Credentials {
  return { tokenUrl: String(details['tokenUrl']), oauthId: id, oauthSecret: secrets['oauthSecret'] ?? '' }
}

function readGrant(answer: HttpResponse): OauthGrant {
  const body = answer.status === 200 ? parseObject(answer.body) : undefined
  const { access_token: token, expires_in: seconds, scope, group_id: group, group_name: groupName } = body ?? {}
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token)) return { granted: false, answer }
  const groupId = readId(group)
  return {
    granted: true,
    token,
    expiresInMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : 3_600_000,
    scopes: typeof scope === 'string' ? scope.split(/[\s,]+/).filter(Boolean) : [],
    ...(groupId ? { groupId } : {}),
    ...(typeof groupName === 'string' ? { groupName } : {}),
  }
}
