/** The longest key that every store can keep. */
export const maxKeyBytes = 500

/** Throws RangeError for a key that not every store can keep. */
export function assertKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > maxKeyBytes) throw invalidKey()
}

/** What a store throws for such a key. */
export function invalidKey(): RangeError {
  return new RangeError(`A key in the store must have 1 to ${maxKeyBytes} bytes.`)
}

/** Orders keys by their bytes, as every store lists them. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
