import { hash } from 'node:crypto'

/** A short key for an id of any length, evenly distributed, because there may be millions. */
export function idKey(id: string): Buffer {
  return hash('sha256', id, 'buffer').subarray(0, keyBytes)
}

export const keyBytes = 12
