import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'

/** Sixteen letters and digits that stand for these parts, in this order, and for no others. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const sha256 = createHash('sha256')
  for (const part of parts) sha256.update(`${Buffer.byteLength(part)}:`).update(part) // with lengths: ab+c is not a+bc
  return toBase32(sha256.digest())
}

/**
 * The same in twenty-two letters of base64url. There are two because both stand in the keys of what bots have stored:
 * this one in those of schedules and of lines for later.
 */
export function fingerprint(...parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22)
}

/** Compares two strings in a time that does not depend on where they differ; it may reveal their lengths. */
export function safeEqual(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}

/** HMAC-SHA256 over the parts joined, in hexadecimal. */
export function hmacHex(secret: string, ...parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

/** The first eighty bits, by RFC 4648 in lower case. */
function toBase32(bytes: Uint8Array): string {
  let text = ''
  for (let bit = 0; bit < 80; bit += 5) {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    text += base32.charAt((pair >> (11 - (bit & 7))) & 31)
  }
  return text
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
