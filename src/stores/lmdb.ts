import { setImmediate as othersTurn } from 'node:timers/promises'
import { UnavailableError } from '../model/errors.js'
import { openExpiringValues, readStoredValue, sweepLimit, toStoredValue } from './expiring-values.js'
import type { LmdbStore } from './lmdb-environment.js'
import type { Store } from './store.js'
import { keyBytes } from './store-key.js'

export { type LmdbStore, openLmdb } from './lmdb-environment.js'

/** A store in a directory: what `set`, `add` and `delete` did is on disk when they resolve. Closing it closes `embedded`. */
export function createLmdbStore(embedded: LmdbStore): Store {
  const table = embedded.table('store')
  const values = openExpiringValues(embedded)

  const sweeper = setInterval(async () => {
    // Full or closing: what expired is taken away later, and counts as gone meanwhile.
    while (await embedded.writeReserved(values.sweep, sweepLimit * 64).catch(() => false));
  }, 5_000)
  sweeper.unref()

  return {
    async get(key) {
      return reading(() => values.read(keyBytes(key)))
    },
    async set(key, value, options) {
      const bytes = keyBytes(key)
      const kept = toStoredValue(value, options?.ttlMs)
      await embedded.write(() => values.put(bytes, kept), kept.text.length)
    },
    async add(key, value, options) {
      const bytes = keyBytes(key)
      if (reading(() => values.read(bytes)) !== undefined) return false
      const kept = toStoredValue(value, options?.ttlMs)
      return await embedded.write(() => {
        if (values.read(bytes) !== undefined) return false
        values.put(bytes, kept)
        return true
      }, kept.text.length)
    },
    async delete(key) {
      const bytes = keyBytes(key)
      await embedded.writeReserved(() => table.remove(bytes), 0)
    },
    async *list(prefix) {
      const wanted = Buffer.from(prefix)
      let after: Uint8Array | undefined
      for (;;) {
        const page = reading(() => pageOf(after ?? wanted, after !== undefined))
        for (const { key, text } of page) {
          if (!key.subarray(0, wanted.length).equals(wanted)) return
          const value = readStoredValue(text)
          if (value !== undefined) yield [key.toString(), value] as const
        }
        if (page.length < pageLimit) return
        after = page.at(-1)?.key
        await othersTurn() // LMDB answers at once, and promises alone would let nobody else have a go
      }
    },
    async close() {
      clearInterval(sweeper)
      await embedded.close()
    },
  }

  /** Read whole before any of it is given out: a reader that waits would keep the file from being used again. */
  function pageOf(start: Uint8Array, exclusiveStart: boolean): { readonly key: Buffer; readonly text: string }[] {
    const range = start.length > 0 ? { start, exclusiveStart, limit: pageLimit } : { limit: pageLimit }
    // What LMDB hands out may lie in its own memory.
    return [...table.getRange(range)].map(({ key, value }) => ({ key: Buffer.from(key), text: value }))
  }
}

const pageLimit = 100

function reading<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new UnavailableError(`The store cannot be read: ${reason}`, 5, { cause: error })
  }
}
