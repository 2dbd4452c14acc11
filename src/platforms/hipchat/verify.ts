import { createSecretKey, type KeyObject } from 'node:crypto'
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { BotError, UnavailableError, UnverifiedError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import { digest } from '../../net/signature.js'
import type { Installations } from '../../stores/installations.js'
import type { Store } from '../../stores/store.js'
import type { WebhookRequest } from '../platform.js'
import type { Hosts } from './hosts.js'
import { type Claims, isRecord, name, type Payload, readId, readPayload } from './wire.js'

/** Where proofs are looked up, and what was proven before. */
export interface VerifyParts {
  readonly hosts: Hosts
  readonly installations: Installations
  readonly store: Pick<Store, 'add' | 'get'>
  /** Told of each room that a proven message came from. */
  readonly heard?: (installation: Installation, roomId: string) => void
}

/**
 * Makes the proof that a request comes from an installation: a JWT signed with its OAuth secret, whose claims the body
 * agrees with. The token covers no byte of the body, so that what both say has to be compared.
 */
export function createVerify({ hosts, installations, store, heard }: VerifyParts) {
  const seenBefore = new WeakSet<WebhookRequest>()
  const keys = new WeakMap<Installation, KeyObject>()

  async function verify(request: WebhookRequest): Promise<Installation> {
    const token = findToken(request)
    if (!token) throw new UnverifiedError('no token')
    const installation = await installations.find(name, readIssuer(token))
    const key = installation && keyOf(installation)
    if (!key) throw new UnverifiedError('unknown installation')
    const claims = await proveClaims(token, key, request.receivedAt)
    const payload = readPayload(request)
    if (!agrees(payload, claims, installation)) throw new UnverifiedError('claims disagree')
    await refuseReplay(request, claims, token)
    const roomId = readId(payload.item?.room?.id)
    if (roomId) heard?.(installation, roomId)
    return installation
  }

  /** Undefined where the operator has taken the server off the list since. */
  function keyOf(installation: Installation): KeyObject | undefined {
    const known = keys.get(installation)
    if (known) return known
    if (!hosts.admit(installation.details['capabilitiesUrl'])) return undefined
    const key = createSecretKey(Buffer.from(installation.secrets['oauthSecret'] ?? '', 'utf8'))
    keys.set(installation, key)
    return key
  }

  /**
   * A token stands for one body. The same token with the same body may be the sender's second try of what could not be
   * kept the first time; whether it is, only the journal knows, so that `repeated` asks for its word.
   */
  async function refuseReplay(request: WebhookRequest, claims: Claims, token: string): Promise<void> {
    const key = `seen/${name}/${digest(claims.iss, claims.jti ?? signedPart(token))}`
    const body = digest(request.body)
    const ttlMs = (claims.exp + leeway) * 1_000 - request.receivedAt
    try {
      if (await store.add(key, body, { ttlMs: Math.max(ttlMs, 1_000) })) return
      if ((await store.get(key)) === body) seenBefore.add(request)
      else throw new UnverifiedError('replayed')
    } catch (error) {
      if (error instanceof BotError) throw error
      throw new UnavailableError('The store cannot be reached.', 2, { cause: error })
    }
  }

  return { verify, repeated: (request: WebhookRequest) => seenBefore.has(request) }
}

/** Seconds by which clocks may differ. */
const leeway = 60
/** Seconds that a webhook's token is good for at most, whatever it says itself. */
const longestAge = 900
/** Seconds that a token may be made for: pages have an hour. */
const longestLife = 3_600

/** `JWT x`, `Bearer x`, the older `JWT token=x`, or `signed_request` in the query. */
function findToken({ headers, query }: WebhookRequest): string | undefined {
  const header = headers['authorization']
  const [, token] =
    typeof header === 'string' ? (/^(?:JWT|Bearer)\s+(?:token=)?"?([\w.-]+)"?$/i.exec(header) ?? []) : []
  return token ?? query.get('signed_request') ?? undefined
}

/** Read without belief, only to find whose secret it has to be signed with. */
function readIssuer(token: string): string {
  const iss = asPayload(() => decodeJwt(token))?.iss
  if (typeof iss !== 'string' || iss === '' || iss.length > 200) throw new UnverifiedError('malformed')
  return iss
}

function asPayload(decode: () => JWTPayload): JWTPayload | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}

/** The signature over the text as received, HS256 and nothing else, and both ends of the token's life. */
async function proveClaims(token: string, key: KeyObject, now: number): Promise<Claims> {
  const { payload } = await jwtVerify(token, key, {
    algorithms: ['HS256'],
    clockTolerance: leeway,
    maxTokenAge: longestAge,
    currentDate: new Date(now),
  }).catch((error: unknown) => {
    throw new UnverifiedError(reasonOf(error), { cause: error })
  })
  const { iss, exp, iat } = payload
  if (iss === undefined || exp === undefined || iat === undefined) throw new UnverifiedError('malformed')
  if (exp < iat || exp - iat > longestLife + leeway) throw new UnverifiedError('malformed')
  return toClaims(payload, { iss, exp, iat })
}

/** Without the signature, which base64 lets be written in more ways than one. */
function signedPart(token: string): string {
  return token.slice(0, token.lastIndexOf('.'))
}

/** `prn` is `sub` in older tokens. */
function toClaims(payload: JWTPayload, sure: Pick<Claims, 'iss' | 'exp' | 'iat'>): Claims {
  const sub = readId(payload['sub'] ?? payload['prn'])
  const { jti, context } = { jti: payload.jti, context: payload['context'] }
  return {
    ...sure,
    ...(typeof jti === 'string' ? { jti } : {}),
    ...(sub ? { sub } : {}),
    ...(isRecord(context) ? { context } : {}),
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature'
  if (error instanceof errors.JWTClaimValidationFailed && error.reason === 'check_failed') return 'not yet valid'
  return 'malformed'
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
    same(room, readId(installation.details['roomId'])) &&
    same(author, sub)
  )
}

/** Where one side says nothing there is nothing to disagree with. */
function same(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other
}
