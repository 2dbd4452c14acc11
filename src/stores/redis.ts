import { randomUUID } from 'node:crypto'
import { assertKey, compareKeys } from './key-constraints.js'
import { type Connection, mastersOf, withRedisTimeout } from './redis-connection.js'
import type { Store } from './store.js'

/** A store in Redis, for many processes on many machines. Closing it closes the connection. Throws UnavailableError within two seconds while Redis is down. */
export function createRedisStore(redis: Connection): Store {
  async function read(key: string): Promise<StoredValue | undefined> {
    const text = await withRedisTimeout(redis.get(prefix + key))
    return text === null ? undefined : (JSON.parse(text) as StoredValue)
  }

  return {
    async get(key) {
      assertKey(key)
      return (await read(key))?.v
    },
    async set(key, value, options) {
      assertKey(key)
      const text = JSON.stringify({ v: value ?? null } satisfies StoredValue)
      const ttlMs = options?.ttlMs
      await withRedisTimeout(
        ttlMs === undefined ? redis.set(prefix + key, text) : redis.set(prefix + key, text, 'PX', toWholeMs(ttlMs)),
      )
    },
    async add(key, value, options) {
      assertKey(key)
      const by = randomUUID()
      const text = JSON.stringify({ v: value ?? null, by } satisfies StoredValue)
      const ttlMs = options?.ttlMs
      const set =
        ttlMs === undefined
          ? redis.set(prefix + key, text, 'NX')
          : redis.set(prefix + key, text, 'PX', toWholeMs(ttlMs), 'NX')
      if ((await withRedisTimeout(set)) === 'OK') return true
      // A command whose response was lost is resent, so the existing value may be our own.
      return (await read(key))?.by === by
    },
    async delete(key) {
      assertKey(key)
      await withRedisTimeout(redis.del(prefix + key))
    },
    async *list(start) {
      const keys = await keysOf(redis, start)
      for (let at = 0; at < keys.length; at += pageLimit) {
        const page = keys.slice(at, at + pageLimit)
        const found = await Promise.all(page.map(read))
        for (const [n, key] of page.entries()) {
          const stored = found[n]
          if (stored) yield [key, stored.v] as const
        }
      }
    },
    async close() {
      redis.disconnect()
    },
  }
}

/** A stored value, and who added it. */
interface StoredValue {
  readonly v: unknown
  readonly by?: string
}

const prefix = 'slashroom:'
const pageLimit = 200

/** SCAN may return a key twice, and each master has only its own. */
async function keysOf(redis: Connection, start: string): Promise<string[]> {
  const match = `${prefix}${start.replace(/[\\*?[\]]/g, '\\$&')}*`
  const found = new Set<string>()
  for (const master of mastersOf(redis)) {
    let cursor = '0'
    do {
      const [next, keys] = await withRedisTimeout(master.scan(cursor, 'MATCH', match, 'COUNT', 1_000))
      for (const key of keys) found.add(key.slice(prefix.length))
      cursor = next
    } while (cursor !== '0')
  }
  return [...found].sort(compareKeys)
}

function toWholeMs(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs))
}
