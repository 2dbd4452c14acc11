import { assertKey, compareKeys } from './key-constraints.js'
import type { Store } from './store.js'

/** A store in memory, for tests and for bots that need nothing kept. */
export function createMemoryStore({ now = Date.now }: { readonly now?: () => number } = {}): Store {
  const values = new Map<string, StoredValue>()
  let sweep = values.entries()

  const read = (key: string): StoredValue | undefined => {
    const found = values.get(key)
    if (!found) assertKey(key)
    else if (found.expiresAt <= now()) values.delete(key)
    else return found
  }
  const write = (key: string, value: unknown, ttlMs = Number.POSITIVE_INFINITY): void => {
    assertKey(key)
    values.set(key, { json: JSON.stringify(value ?? null), expiresAt: now() + ttlMs })
    for (let step = 0; step < sweepSteps; step++) sweepNext()
  }
  const sweepNext = (): void => {
    const { value, done } = sweep.next()
    if (done) sweep = values.entries()
    else if (value[1].expiresAt <= now()) values.delete(value[0])
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
      assertKey(key)
      values.delete(key)
    },
    async *list(prefix) {
      const keys = [...values.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys)
      for (const key of keys) {
        const found = read(key)
        if (found) yield [key, JSON.parse(found.json)] as const
      }
    },
    async close() {
      values.clear()
    },
  }
}

/** As JSON, so that reads and writes never share objects. */
interface StoredValue {
  readonly json: string
  readonly expiresAt: number
}

/** Checking two keys per write visits all keys before their number doubles, so no timer is needed to remove expired ones. */
const sweepSteps = 2
