import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** A hash of 16 letters and digits of these parts in this order. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const data = parts.every(isText) ? joinTexts(parts) : Buffer.concat(parts.flatMap(lengthPrefixed))
  return toBase32(hash('sha256', data, 'binary'))
}

/**
 * The same in 22 letters of base64url. Both exist because both are part of keys in existing stores: this one in those of
 * schedules and delayed lines.
 */
export function fingerprint(...parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22)
}

/** Compares two strings in constant time; it may reveal their lengths. */
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

/** Includes lengths, so that ab+c differs from a+bc. */
function joinTexts(parts: readonly string[]): string {
  return parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
}

function lengthPrefixed(part: string | Uint8Array): readonly Uint8Array[] {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part
  return [Buffer.from(`${bytes.length}:`), bytes]
}

function isText(part: string | Uint8Array): part is string {
  return typeof part === 'string'
}

/** The first 80 bits as RFC 4648 base32 in lower case. Built in one step, because V8 keeps the pieces of concatenated strings alive. */
function toBase32(binary: string): string {
  const codes: number[] = []
  for (let bit = 0; bit < 80; bit += 5) {
    const pair = (binary.charCodeAt(bit >> 3) << 8) | binary.charCodeAt((bit >> 3) + 1)
    codes.push(base32.charCodeAt((pair >> (11 - (bit & 7))) & 31))
  }
  return String.fromCharCode(...codes)
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
