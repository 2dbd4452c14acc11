import { hash } from 'node:crypto'

/** Short, whatever the id, and evenly distributed: millions of them may have to be found. */
export function idKey(id: string): Buffer {
  return hash('sha256', id, 'buffer').subarray(0, keyBytes)
}

export const keyBytes = 12
