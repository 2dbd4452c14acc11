/** Throws RangeError for a key that not every store can keep; gives back its bytes. */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key)
  if (bytes.length === 0 || bytes.length > 500) throw new RangeError('A key in the store has 1 to 500 bytes.')
  return bytes
}

/** Orders keys by their bytes, as every store lists them. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
