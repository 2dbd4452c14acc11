import { randomUUID } from 'node:crypto'
import type { Store } from '../../stores/store.js'

/** A random token that stays the same under its key for so long, in all processes. */
export async function getOrCreateToken(store: Store, key: string, ttlMs: number): Promise<string> {
  const token = randomUUID()
  if (await store.add(key, token, { ttlMs })) return token
  const remembered = await store.get(key)
  return typeof remembered === 'string' ? remembered : token // it expired in between
}
