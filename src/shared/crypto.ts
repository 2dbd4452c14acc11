import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** Sixteen letters and digits that stand for these parts, in this order, and for no others. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const data = parts.every(isText) ? joinTexts(parts) : Buffer.concat(parts.flatMap(lengthPrefixed))
  return toBase32(hash('sha256', data, 'binary'))
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

/** With lengths, so that ab+c is not a+bc. */
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

/** The first eighty bits, by RFC 4648 in lower case. Made at once: what is joined piece by piece keeps its pieces alive. */
function toBase32(binary: string): string {
  const codes: number[] = []
  for (let bit = 0; bit < 80; bit += 5) {
    const pair = (binary.charCodeAt(bit >> 3) << 8) | binary.charCodeAt((bit >> 3) + 1)
    codes.push(base32.charCodeAt((pair >> (11 - (bit & 7))) & 31))
  }
  return String.fromCharCode(...codes)
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
