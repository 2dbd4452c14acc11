/** One value in DER, the binary format of certificates: tag, length, bytes. */
function value(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body)]), body])
}

function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

export const sequence = (...parts: readonly Buffer[]): Buffer => value(0x30, ...parts)
export const set = (...parts: readonly Buffer[]): Buffer => value(0x31, ...parts)
export const octets = (bytes: Buffer): Buffer => value(0x04, bytes)
export const utf8 = (text: string): Buffer => value(0x0c, Buffer.from(text))
export const yes: Buffer = value(0x01, Buffer.from([0xff]))

/** A positive integer. */
export function integer(bytes: Buffer): Buffer {
  return value(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]))
}

/** A bit string whose last `unused` bits do not count. */
export function bits(bytes: Buffer, unused = 0): Buffer {
  return value(0x03, Buffer.of(unused), bytes)
}

/** A context-specific value with a tag number: `constructed` if it contains other values. */
export function tagged(number: number, body: Buffer, constructed = false): Buffer {
  return value((constructed ? 0xa0 : 0x80) | number, body)
}

/** An object identifier such as `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(number: number): readonly number[] {
  const digits = [number & 0x7f]
  for (let left = number >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** A time as in certificates: two-digit years until 2049, then four digits. */
export function time(date: Date): Buffer {
  const text = `${date.toISOString().replace(/[-:T]|\..*/g, '')}Z`
  return date.getUTCFullYear() < 2050 ? value(0x17, Buffer.from(text.slice(2))) : value(0x18, Buffer.from(text))
}
