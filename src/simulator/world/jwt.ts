import { createHmac } from 'node:crypto'
import { randomToken } from '../../shared/random-token.js'
import { dumps } from '../python-json.js'

/** The subject and context of a signed token. */
export interface Bearer {
  readonly oauthId: string
  readonly oauthSecret: string
  readonly userId: number
  readonly timezone: string
  readonly roomId?: number
}

/** Signs a JWT like the real server: HS256, Python's spacing, `sub` and `prn` as text, valid for fifteen minutes. */
export function signJwt(bearer: Bearer, nowMs: number, seconds = 900): string {
  const iat = Math.floor(nowMs / 1000)
  const user = String(bearer.userId)
  const claims = {
    exp: iat + seconds,
    iss: bearer.oauthId,
    prn: user,
    jti: randomToken(20),
    context: { room_id: bearer.roomId, user_tz: bearer.timezone },
    iat,
    sub: user,
  }
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${createHmac('sha256', bearer.oauthSecret).update(text).digest('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(dumps(part, { sortKeys: false })).toString('base64url')
}
