import { randomUUID } from 'node:crypto'
import type { Store } from '../../stores/store.js'

/** A random id under a key, the same in all processes until it expires. */
export async function getOrCreateToken(store: Store, key: string, ttlMs: number): Promise<string> {
  const token = randomUUID()
  if (await store.add(key, token, { ttlMs })) return token
  const remembered = await store.get(key)
  return typeof remembered === 'string' ? remembered : token // it expired in between
}
