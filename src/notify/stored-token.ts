import { isRecord } from '../shared/json.js'
import { ownOnly } from '../shared/own-properties.js'
import type { Sender } from './sender.js'

/** A stored token, under its hash. */
export interface StoredToken {
  readonly sender: Sender
  readonly createdAt: number
}

/**
 * Reads a stored token; undefined if it is not one. `decrypt`: decrypts the address for results, which contains somebody
 * else's token; if left out, that address stays undefined.
 */
export function readToken(value: unknown, decrypt?: (encrypted: string) => string): StoredToken | undefined {
  if (!isRecord(value) || typeof value['id'] !== 'string' || !isRooms(value['rooms'])) return undefined
  // Written by create.
  const { createdAt, replyTo, ...sender } = ownOnly(value) as unknown as Sender & { readonly createdAt: number }
  const address = replyTo === undefined ? undefined : decrypt?.(replyTo)
  return { sender: ownOnly({ ...sender, replyTo: address }), createdAt }
}

function isRooms(value: unknown): boolean {
  return value === 'all' || Array.isArray(value)
}
