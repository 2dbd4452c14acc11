import { createHmac } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header' // in a fifth of the time that the whole library takes to load (bench `tricks`)
import { LRUCache } from 'lru-cache'
import { AuthenticationError } from '../../model/errors.js'
import { safeEqual } from '../../shared/crypto.js'
import { parseObject } from '../../shared/json.js'
import { type Claims, readClaims } from './wire.js'

/** A token taken apart; nothing of it is believed. */
export interface UnverifiedJwt {
  /** Whose secret it must be signed with. */
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

/** The token's claims, where it is signed with `secret` and its time is now. Throws AuthenticationError. */
export function verifyJwt({ iss, payload, signed, signature }: UnverifiedJwt, secret: string, now: number): Claims {
  checkHeader(signed.slice(0, signed.indexOf('.')))
  checkSignature(signed, signature, secret)
  const { exp, iat } = checkTimes(payload, Math.floor(now / 1_000))
  const { jti, sub, context } = readClaims(payload)
  return { iss, exp, iat, jti, sub, context }
}

/** HS256 and nothing else; extensions that the header declares critical are not supported. */
function checkHeader(header: string): void {
  if (goodHeaders.has(header)) return
  const { alg, crit } = decode(() => decodeProtectedHeader(`${header}..`))
  if (typeof alg !== 'string' || alg === '' || crit !== undefined) throw new AuthenticationError('malformed')
  if (alg !== 'HS256') throw new AuthenticationError('algorithm')
  goodHeaders.set(header, true)
}

/** A server writes the same one each time. */
const goodHeaders = new LRUCache<string, true>({ max: 20 })

/** Over the text as received. At once: WebCrypto would take a thread and many times as long for so few bytes. */
function checkSignature(signed: string, signature: string, secret: string): void {
  const expected = createHmac('sha256', secret).update(signed).digest('base64url')
  if (!safeEqual(signature, expected)) throw new AuthenticationError('signature')
}

/** Both ends of the token's life. */
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

/** Seconds by which clocks may differ. */
export const clockSkewSeconds = 60
/** Seconds that a webhook's token is good for at most, whatever it says itself. */
const longestAge = 900
/** Seconds that a token may be made for: pages have an hour. */
const longestLife = 3_600

function decode<Part>(read: () => Part): Part {
  try {
    return read()
  } catch (error) {
    throw new AuthenticationError('malformed', { cause: error })
  }
}
