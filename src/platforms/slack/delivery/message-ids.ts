import { shortHash } from '../../../shared/crypto.js'
import type { Store } from '../../../stores/store.js'
import { name } from '../wire.js'

/** Which message stands for a reply that later ones take the place of. */
export interface MessageIds {
  note(invocationId: string, replaces: string, ts: string): Promise<void>
  find(invocationId: string, replaces: string): Promise<string | undefined>
}

/** Keeps the messages' own ids for a day, for all processes. */
export function createMessageIds(store: Pick<Store, 'get' | 'set'>): MessageIds {
  const keyOf = (invocationId: string, replaces: string) => `${name}/posted/${shortHash(invocationId, replaces)}`
  return {
    note: (invocationId, replaces, ts) => store.set(keyOf(invocationId, replaces), ts, { ttlMs: 24 * 3_600_000 }),
    async find(invocationId, replaces) {
      const ts = await store.get(keyOf(invocationId, replaces))
      return typeof ts === 'string' ? ts : undefined
    },
  }
}
