import type { Store } from './store.js'
import { assertKey, compareKeys } from './store-key.js'

/** A store that ends with the process: for tests, and for bots that have nothing to remember. */
export function createMemoryStore({ now = Date.now }: { readonly now?: () => number } = {}): Store {
  const kept = new Map<string, StoredValue>()
  let sweep = kept.entries()

  const read = (key: string): StoredValue | undefined => {
    const found = kept.get(key)
    if (found && found.expires <= now()) kept.delete(key)
    else return found
  }
  const write = (key: string, value: unknown, ttlMs = Number.POSITIVE_INFINITY): void => {
    assertKey(key)
    kept.set(key, { json: JSON.stringify(value ?? null), expires: now() + ttlMs })
    for (let looks = 0; looks < looksPerWrite; looks++) purgeNext()
  }
  const purgeNext = (): void => {
    const { value, done } = sweep.next()
    if (done) sweep = kept.entries()
    else if (value[1].expires <= now()) kept.delete(value[0])
  }

  return {
    async get(key) {
      const found = read(key)
      return found && JSON.parse(found.json)
    },
    async set(key, value, options) {
      write(key, value, options?.ttlMs)
    },
    async add(key, value, options) {
      if (read(key)) return false
      write(key, value, options?.ttlMs)
      return true
    },
    async delete(key) {
      kept.delete(key)
    },
    async *list(prefix) {
      const keys = [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys)
      for (const key of keys) {
        const found = read(key)
        if (found) yield [key, JSON.parse(found.json)] as const
      }
    },
    async close() {
      kept.clear()
    },
  }
}

/** JSON, so that what is given out and what was put in are never the same object. */
interface StoredValue {
  readonly json: string
  readonly expires: number
}

// Two looks per write visit every key before as many new ones can come: what expired is gone without a timer.
const looksPerWrite = 2
