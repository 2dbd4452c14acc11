import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { ReplayToken } from '../../model/replay.js'
import { shortHash } from '../../shared/crypto.js'
import { isRecord } from '../../shared/json.js'
import type { Installations } from '../../stores/installations.js'
import type { WebhookRequest } from '../platform.js'
import { createRequestContext } from '../request-context.js'
import type { AllowedHosts } from './installation/allowed-hosts.js'
import { clockSkewSeconds, parseJwt, verifyJwt } from './jwt.js'
import { type Claims, name, type Payload, readId, readPayload } from './wire.js'

/** Where proofs are looked up, and what was proven before. */
export interface VerifyDeps {
  readonly hosts: AllowedHosts
  readonly installations: Installations
  /** Told of each room that a proven message came from. */
  readonly heard?: (installation: Installation, roomId: string) => void
}

/**
 * Makes the proof that a request comes from an installation: a JWT signed with its OAuth secret, whose claims the body
 * agrees with. The token covers no byte of the body, so that what both say must be compared.
 */
export function createVerify({ hosts, installations, heard }: VerifyDeps) {
  const proofs = createRequestContext<ReplayToken>()

  async function verify(request: WebhookRequest): Promise<Installation> {
    const found = findToken(request)
    if (!found) throw new AuthenticationError('no token')
    const token = parseJwt(found)
    const installation = await installations.find(name, token.iss)
    const secret = installation && secretOf(installation)
    if (!secret) throw new AuthenticationError('unknown installation')
    const claims = verifyJwt(token, secret, request.receivedAt)
    const payload = readPayload(request)
    if (!agrees(payload, claims, installation)) throw new AuthenticationError('claims disagree')
    proofs.set(request, toProof(request, claims, token.signed))
    const roomId = readId(payload.item?.room?.id)
    if (roomId) heard?.(installation, roomId)
    return installation
  }

  /** Undefined where the operator has taken the server off the list since; with an empty one anybody could sign. */
  function secretOf({ details, secrets: encryptor }: Installation): string | undefined {
    return hosts.admit(details['capabilitiesUrl']) ? encryptor['oauthSecret'] || undefined : undefined
  }

  return { verify, proof: (request: WebhookRequest) => proofs.of(request) }
}

/**
 * A token stands for one body. The same token with the same body may be the sender's second try of what could not be kept
 * the first time; whether it is, only the journal knows. The signature does not count: base64 lets it be written in more
 * ways than one.
 */
function toProof({ body }: WebhookRequest, { iss, jti, exp }: Claims, signed: string): ReplayToken {
  const which = isPlain(iss) && isPlain(jti) ? `${iss}/${jti}` : shortHash(iss, jti ?? signed)
  return { key: `seen/${name}/${which}`, body: shortHash(body), until: (exp + clockSkewSeconds) * 1_000 }
}

/** As servers make them: it can stand in a key as it is, where a digest would cost as much as the signature. */
function isPlain(id: string | undefined): boolean {
  return id !== undefined && /^[\w-]{1,64}$/.test(id)
}

/** `JWT x`, `Bearer x`, the older `JWT token=x`, or `signed_request` in the query. */
function findToken({ headers, query }: WebhookRequest): string | undefined {
  const header = headers['authorization']
  const [, token] =
    typeof header === 'string' ? (/^(?:JWT|Bearer)\s+(?:token=)?"?([\w.-]+)"?$/i.exec(header) ?? []) : []
  return token ?? query.get('signed_request') ?? undefined
}

/** The body is from nobody: it may name only the client, room and author that the token names. */
function agrees(
  { oauth_client_id, item }: Payload,
  { iss, sub, context }: Claims,
  installation: Installation,
): boolean {
  const room = readId(item?.room?.id)
  const from = item?.message?.from
  const author = isRecord(from) ? readId(from['id']) : undefined
  return (
    same(oauth_client_id === undefined ? undefined : (readId(oauth_client_id) ?? ''), iss) &&
    same(room, readId(context?.room_id)) &&
    same(room, readId(context?.roomId)) &&
    same(room, readId(installation.details['roomId'])) &&
    same(author, sub)
  )
}

/** Where one side says nothing there is nothing to disagree with. */
function same(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other
}
