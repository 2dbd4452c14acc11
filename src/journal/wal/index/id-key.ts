import { hash } from 'node:crypto'

/**
 * A short key for an id of any length, evenly distributed, because there may be millions. Made from the hash as text:
 * 0.5 µs compared to 1.0 for a hash with a buffer of its own (bench `tricks`).
 */
export function idKey(id: string): Buffer {
  return Buffer.from(hash('sha256', id, 'binary').slice(0, keyBytes), 'binary')
}

export const keyBytes = 12
