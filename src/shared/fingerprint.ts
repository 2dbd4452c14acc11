import { createHash } from 'node:crypto'

/** A short text that stands for these parts, in this order, and for no others. */
export function fingerprint(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}
