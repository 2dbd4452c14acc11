import { createCache } from '../shared/cache.js'
import type { Store } from '../stores/store.js'
import type { Sender } from './sender.js'

/** When tokens were last used. Stored separately, so that updating it cannot restore a revoked token. */
export interface TokenUse {
  note(sender: Sender): void
  last(sender: Sender): Promise<number | undefined>
  forget(sender: Sender): Promise<void>
}

/** Writes at most once a minute per token. Failed writes are skipped. */
export function createTokenUse(store: Store, now: () => number): TokenUse {
  const noted = createCache<number>({ max: 10_000 })
  return {
    note({ id }) {
      const at = now()
      if (at - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < 60_000) return
      noted.set(id, at)
      store.set(useKey(id), at, { ttlMs: yearMs }).catch(() => undefined)
    },
    async last({ id }) {
      const at = await store.get(useKey(id))
      return typeof at === 'number' ? at : undefined
    },
    forget: ({ id }) => store.delete(useKey(id)),
  }
}

const yearMs = 366 * 86_400_000

function useKey(id: string): string {
  return `notify/token-use/${id}`
}
