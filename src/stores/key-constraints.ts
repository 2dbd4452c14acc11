/** The longest key that all stores support. */
export const maxKeyBytes = 500

/** Throws RangeError for a key that some store does not support. */
export function assertKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > maxKeyBytes) throw invalidKey()
}

/** The error for such a key. */
export function invalidKey(): RangeError {
  return new RangeError(`A key in the store must have 1 to ${maxKeyBytes} bytes.`)
}

/** Compares keys by bytes, the order in which stores list them. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
