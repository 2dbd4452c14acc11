/** The length of the time in an expiry key, in bytes. */
export const timeBytes = 8

/** A table key that starts with the time, so that what expires next comes first. */
export function expiryKey(at: number, key: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.allocUnsafe(timeBytes + key.length)
  bytes.writeDoubleBE(at)
  bytes.set(key, timeBytes)
  return bytes
}
