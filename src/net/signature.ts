import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Sixteen letters and digits that stand for these parts, in this order, and for no others. */
export function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part) // lengths, so that ab+c is not a+bc
  return toBase32(hash.digest().subarray(0, 10))
}

/** Compares two texts in a time that says nothing about where they differ. */
export function safeEqual(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(one), hash(other))
}

/** HMAC-SHA256 over the parts as if they were one text, in hexadecimal. */
export function hmacHex(secret: string, ...parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

/** RFC 4648, in lower case. */
function toBase32(bytes: Uint8Array): string {
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  return bits
    .toString(32)
    .padStart((bytes.length * 8) / 5, '0')
    .replace(/./g, (digit) => base32.charAt(Number.parseInt(digit, 32)))
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
