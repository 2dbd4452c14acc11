/** How many bytes of an expiry key are its time. */
export const timeBytes = 8

/** A key in a table: the time first, so that what expires next comes first. */
export function expiryKey(at: number, key: Uint8Array = new Uint8Array()): Buffer {
  const time = Buffer.alloc(timeBytes)
  time.writeDoubleBE(at)
  return Buffer.concat([time, key])
}
