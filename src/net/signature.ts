import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** Sixteen letters and digits that stand for these parts, in this order, and for no others. */
export function digest(...parts: readonly (string | Uint8Array)[]): string {
  // With lengths, so that ab+c is not a+bc.
  const bytes = parts.flatMap((part) => [Buffer.from(`${Buffer.byteLength(part)}:`), Buffer.from(part)])
  return toBase32(hash('sha256', Buffer.concat(bytes), 'buffer').subarray(0, 10))
}

/** Compares two texts in a time that says nothing about where they differ. */
export function safeEqual(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'))
}

/** HMAC-SHA256 over the parts as if they were one text, in hexadecimal. */
export function hmacHex(secret: string, ...parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

/** RFC 4648, in lower case. */
function toBase32(bytes: Uint8Array): string {
  let text = ''
  let [held, bits] = [0, 0]
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += base32.charAt((held >> (bits - 5)) & 31)
  }
  return text
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
