import { createHmac } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header' // loads in a fifth of the time of the whole library (bench `tricks`)
import { LRUCache } from 'lru-cache'
import { AuthenticationError } from '../../model/errors.js'
import { safeEqual } from '../../shared/crypto.js'
import { parseObject } from '../../shared/json.js'
import { type Claims, readClaims } from './wire.js'

/** A parsed token, not verified. */
export interface UnverifiedJwt {
  /** The client whose secret it must be signed with. */
  readonly iss: string
  /** All but the signature, as received. */
  readonly signed: string
  readonly signature: string
  readonly payload: JWTPayload
}

/** Parses a JWT. Throws AuthenticationError if it is not one. https://www.rfc-editor.org/rfc/rfc7519 */
export function parseJwt(token: string): UnverifiedJwt {
  const [header = '', claims = '', signature, ...more] = token.split('.', 4)
  const payload = parseObject(Buffer.from(claims, 'base64url'))
  if (!payload || signature === undefined || more.length > 0) throw new AuthenticationError('malformed')
  const { iss } = payload
  if (typeof iss !== 'string' || iss === '' || iss.length > 200) throw new AuthenticationError('malformed')
  return { iss, payload, signed: `${header}.${claims}`, signature }
}

/** The claims of a token that is signed with `secret` and valid now. Throws AuthenticationError. */
export function verifyJwt({ iss, payload, signed, signature }: UnverifiedJwt, secret: string, now: number): Claims {
  checkHeader(signed.slice(0, signed.indexOf('.')))
  checkSignature(signed, signature, secret)
  const { exp, iat } = checkTimes(payload, Math.floor(now / 1_000))
  const { jti, sub, context } = readClaims(payload)
  return { iss, exp, iat, jti, sub, context }
}

/** Only HS256, and no critical extensions. */
function checkHeader(header: string): void {
  if (goodHeaders.has(header)) return
  const { alg, crit } = decode(() => decodeProtectedHeader(`${header}..`))
  if (typeof alg !== 'string' || alg === '' || crit !== undefined) throw new AuthenticationError('malformed')
  if (alg !== 'HS256') throw new AuthenticationError('algorithm')
  goodHeaders.set(header, true)
}

/** Cached, because a server always sends the same header. */
const goodHeaders = new LRUCache<string, true>({ max: 20 })

/** Synchronous: WebCrypto would use a thread and take much longer for so few bytes. */
function checkSignature(signed: string, signature: string, secret: string): void {
  const expected = createHmac('sha256', secret).update(signed).digest('base64url')
  if (!safeEqual(signature, expected)) throw new AuthenticationError('signature')
}

/** Checks both ends of the token's validity. */
function checkTimes({ exp, iat, nbf }: JWTPayload, now: number): Pick<Claims, 'exp' | 'iat'> {
  if (typeof exp !== 'number' || typeof iat !== 'number') throw new AuthenticationError('malformed')
  if (nbf !== undefined && typeof nbf !== 'number') throw new AuthenticationError('malformed')
  if (nbf !== undefined && nbf > now + clockSkewSeconds) throw new AuthenticationError('not yet valid')
  if (exp <= now - clockSkewSeconds || now - iat > longestAge + clockSkewSeconds)
    throw new AuthenticationError('expired')
  if (iat > now + clockSkewSeconds) throw new AuthenticationError('not yet valid')
  if (exp < iat || exp - iat > longestLife + clockSkewSeconds) throw new AuthenticationError('malformed')
  return { exp, iat }
}

/** Allowed clock difference in seconds. */
export const clockSkewSeconds = 60
/** The longest time in seconds that a webhook's token is accepted, whatever it says. */
const longestAge = 900
/** The longest validity in seconds that a token may have; pages have an hour. */
const longestLife = 3_600

function decode<Part>(read: () => Part): Part {
  try {
    return read()
  } catch (error) {
    throw new AuthenticationError('malformed', { cause: error })
  }
}
