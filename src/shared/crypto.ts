import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** Sixteen letters and digits that stand for these parts, in this order, and for no others. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  return toBase32(hash('sha256', parts.every(isText) ? joinTexts(parts) : joinBytes(parts), 'buffer'))
}

/** With lengths, so that ab+c is not a+bc. */
function joinTexts(parts: readonly string[]): string {
  let whole = ''
  for (const part of parts) whole += `${Buffer.byteLength(part)}:${part}`
  return whole
}

function joinBytes(parts: readonly (string | Uint8Array)[]): Buffer {
  const contents = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))
  return Buffer.concat(contents.flatMap((content) => [Buffer.from(`${content.length}:`), content]))
}

function isText(part: string | Uint8Array): part is string {
  return typeof part === 'string'
}

/** Compares two texts in a time that says nothing about where they differ; their lengths are no secret. */
export function safeEqual(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}

/** HMAC-SHA256 over the parts as if they were one text, in hexadecimal. */
export function hmacHex(secret: string, ...parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

/** The first eighty bits, by RFC 4648 in lower case. */
function toBase32(bytes: Uint8Array): string {
  const codes = new Array<number>(16)
  for (let at = 0; at < 16; at++) {
    const bit = at * 5
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    codes[at] = base32.charCodeAt((pair >> (11 - (bit & 7))) & 31)
  }
  return String.fromCharCode(...codes)
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
