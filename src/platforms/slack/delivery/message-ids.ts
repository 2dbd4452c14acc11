import { shortHash } from '../../../shared/crypto.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** Which message stands for a reply that later ones take the place of. */
export interface MessageIds {
  note(invocationId: string, updateKey: string, ts: string): Promise<void>
  find(invocationId: string, updateKey: string): Promise<string | undefined>
}

/** Keeps the messages' own ids for a day, for all processes. */
export function createMessageIds(store: Pick<Store, 'get' | 'set'>): MessageIds {
  const keyOf = (invocationId: string, updateKey: string) => `${name}/posted/${shortHash(invocationId, updateKey)}`
  return {
    note: (invocationId, updateKey, ts) => store.set(keyOf(invocationId, updateKey), ts, { ttlMs: 24 * 3_600_000 }),
    async find(invocationId, updateKey) {
      const ts = await store.get(keyOf(invocationId, updateKey))
      return typeof ts === 'string' ? ts : undefined
    },
  }
}
