import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { ReplayToken } from '../../model/replay-protection.js'
import type { Cache } from '../../shared/cache.js'
import { shortHash } from '../../shared/crypto.js'
import type { PlatformDeps, Verified, WebhookHead, WebhookRequest } from '../platform.js'
import type { AllowedHosts } from './installation/allowed-hosts.js'
import { clockSkewSeconds, parseJwt, verifyJwt } from './jwt.js'
import { type Claims, name, type Payload, readPayload } from './wire.js'

/** What verifying needs. */
export interface VerifyDeps extends Pick<PlatformDeps, 'installations'> {
  readonly hosts: AllowedHosts
  /** The names of rooms that sent messages, by `{installation}/{room}`. */
  readonly heardRooms: Pick<Cache<string>, 'peek'>
  /** Called for each room of a verified message that is not in `heardRooms` or has a new name. */
  readonly heard: (installation: Installation, roomId: string, roomName: string) => void
}

/**
 * Creates the check that a request comes from an installation: a JWT signed with its OAuth secret. The token does not cover
 * the body, so the body must agree with its claims.
 */
export function createVerify({ hosts, installations, heardRooms, heard }: VerifyDeps) {
  return async (request: WebhookRequest): Promise<Verified<Payload>> => {
    const { body, receivedAt } = request
    const token = parseJwt(findToken(request))
    const installation = await installations.find(name, token.iss)
    // The operator may have removed the server from the list, and with an empty secret anybody could sign.
    const allowed = installation && hosts.admit(installation.details['capabilitiesUrl'])
    const secret = allowed && installation.secrets['oauthSecret']
    if (!secret) throw new AuthenticationError('unknown installation')
    const claims = verifyJwt(token, secret, receivedAt)
    const payload = readPayload(body)
    if (!agrees(payload, claims, installation)) throw new AuthenticationError('claims disagree')
    const { room } = payload.item
    const { id: roomId, name: roomName = '' } = room ?? {}
    if (roomId && heardRooms.peek(`${installation.id}/${roomId}`) !== roomName) heard(installation, roomId, roomName)
    return { installation, payload, replayToken: toReplayToken(body, claims, token.signed), receivedAt }
  }
}

/** Throws AuthenticationError if the request has no token. */
export function verifyHead({ headers, query }: WebhookHead): void {
  if (headers['authorization'] === undefined && !query.has('signed_request')) throw new AuthenticationError('no token')
}

/** `JWT x`, `Bearer x`, the older `JWT token=x`, or `signed_request` in the query. */
function findToken({ headers, query }: WebhookHead): string {
  const header = headers['authorization']
  const [, token] =
    typeof header === 'string' ? (/^(?:JWT|Bearer)\s+(?:token=)?"?([\w.-]+)"?$/i.exec(header) ?? []) : []
  const found = token ?? query.get('signed_request')
  if (!found) throw new AuthenticationError('no token')
  return found
}

/** The body is not signed, so its client, room and author must be those of the token. */
function agrees(
  { oauth_client_id, item: { message, room } }: Payload,
  { iss, sub, context }: Claims,
  { details: { roomId } }: Installation,
): boolean {
  return (
    same(oauth_client_id, iss) &&
    same(room?.id, context.room_id) &&
    same(room?.id, context.roomId) &&
    same(room?.id, roomId === undefined ? undefined : String(roomId)) &&
    same(message?.from?.id, sub)
  )
}

/** If one side has no value, there is no conflict. */
function same(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other
}

/**
 * A token is valid for one body. The same token with the same body may be a retry, which only the journal can tell. The
 * signature is left out, because base64 allows several spellings of it.
 */
function toReplayToken(body: Buffer, { iss, jti, exp }: Claims, signed: string): ReplayToken {
  const which = isPlain(iss) && isPlain(jti) ? `${iss}/${jti}` : shortHash(iss, jti ?? signed)
  return { key: `seen/${name}/${which}`, body: shortHash(body), until: (exp + clockSkewSeconds) * 1_000 }
}

/** A token id that servers generate can be used as a key; hashing it would cost as much as the signature. */
function isPlain(id: string | undefined): boolean {
  return id !== undefined && /^[\w-]{1,64}$/.test(id)
}
