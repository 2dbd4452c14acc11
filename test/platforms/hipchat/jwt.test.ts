import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseJwt, verifyJwt } from '../../../src/platforms/hipchat/jwt.js'

describe('a token', () => {
  const now = 1_700_000_000
  const good = { iss: 'them', iat: now, exp: now + 900, prn: '7', jti: 'once', context: { room_id: 5 } }
  const prove = (token: string) => verifyJwt(parseJwt(token), 'the secret', now * 1_000)

  it('that is signed in time gives its claims', () => {
    const { iss, iat, exp, jti } = good
    expect(prove(make(good))).toEqual({ iss, iat, exp, jti, context: { room_id: '5' }, sub: '7' })
  })

  it.each<[string, string]>([
    ['algorithm', make(good, { alg: 'none' }, '')],
    ['algorithm', make(good, { alg: 'HS512' }, undefined, 'sha512')],
    ['algorithm', make(good, { alg: 'hs256' })],
    ['malformed', make(good, { typ: 'JWT' })],
    ['malformed', make(good, { alg: 'HS256', crit: ['b64'], b64: false })],
    ['malformed', make(good, { alg: 'HS256', crit: [] })],
    ['signature', make(good, { alg: 'HS256' }, '')],
    ['signature', `${make(good)}A`],
    ['signature', `${make(good)}=`],
    ['signature', make(good).replace(/.$/, '')],
    ['malformed', `${make(good)}.${make(good)}`],
    ['malformed', make([] as never)],
    ['malformed', make({ ...good, nbf: 'soon' })],
    ['malformed', make({ ...good, iat: String(now) })],
    ['malformed', make({ ...good, exp: now + 5_000 })],
    ['not yet valid', make({ ...good, nbf: now + 61 })],
    ['not yet valid', make({ ...good, iat: now + 61 })],
    ['expired', make({ ...good, iat: now - 961, exp: now + 10 })],
    ['expired', make({ ...good, iat: now - 900, exp: now - 60 })],
  ])('is refused as %s', (reason, token) => {
    expect(() => prove(token)).toThrow(new RegExp(`^${reason}$`))
  })
})

function make(claims: object, header: object = { alg: 'HS256' }, signature?: string, hash = 'sha256'): string {
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${signature ?? createHmac(hash, 'the secret').update(signed).digest('base64url')}`
}
