import { isRecord } from '../shared/json.js'
import { ownOnly } from '../shared/own-properties.js'
import type { Sender } from './sender.js'

/** A token as the store has it, under its hash. */
export interface StoredToken {
  readonly sender: Sender
  readonly createdAt: number
}

/**
 * Reads what the store has of a token; undefined for what is none. `decrypt`: the address that its results go to holds a
 * token of somebody else's; without it, that address stays unknown.
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
