// The two services' proofs with node:crypto and nothing else.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The claims of a JWT signed with HS256 by the secret that `secretOf` gives for its issuer; undefined where it is not. */
export function readToken(header, secretOf) {
  const [head, body, signature] = /^JWT (.+)$/.exec(header ?? '')?.[1].split('.') ?? []
  if (!signature) return undefined
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const secret = secretOf(claims.iss)
  if (!secret || JSON.parse(Buffer.from(head, 'base64url').toString()).alg !== 'HS256') return undefined
  const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const now = Date.now() / 1_000
  return claims.exp > now - 60 && claims.iat < now + 60 ? claims : undefined
}

/** Whether Slack signed these bytes. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function isFromSlack(headers, body, secret) {
  const time = headers['x-slack-request-timestamp']
  if (!time || Math.abs(Date.now() / 1_000 - Number(time)) > 300) return false
  const expected = Buffer.from(`v0=${createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex')}`)
  const given = Buffer.from(headers['x-slack-signature'] ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
