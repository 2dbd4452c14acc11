import { setImmediate as othersTurn } from 'node:timers/promises'
import { UnavailableError } from '../model/errors.js'
import { messageOf } from '../shared/error-details.js'
import { expiryKey, timeBytes } from '../shared/expiry-key.js'
import { invalidKey, maxKeyBytes } from './key-constraints.js'
import type { LmdbEnvironment, Table } from './lmdb-environment.js'
import type { Store } from './store.js'

export { type LmdbEnvironment, openLmdb } from './lmdb-environment.js'

/** A store in a directory: changes are on disk when they resolve. Closing it closes `embedded`. */
export function createLmdbStore(embedded: LmdbEnvironment): Store {
  const tables: Tables = { values: embedded.table('store'), expiries: embedded.table('expiry') }
  const sweeper = setInterval(async () => {
    // On a full disk, or while closing, nothing is deleted; expired values are ignored anyway.
    while (await embedded.writeReserved(() => removeExpired(tables), sweepLimit * 64).catch(() => false));
  }, 5_000)
  sweeper.unref()

  return {
    async get(key) {
      return readValue(tables, toBytes(key))
    },
    async set(key, value, options) {
      const bytes = toBytes(key)
      const stored = toStoredValue(value, options?.ttlMs)
      await embedded.write(() => putValue(tables, bytes, stored), stored.text.length)
    },
    async add(key, value, options) {
      const bytes = toBytes(key)
      if (readValue(tables, bytes) !== undefined) return false
      const stored = toStoredValue(value, options?.ttlMs)
      return await embedded.write(() => {
        if (readValue(tables, bytes) !== undefined) return false
        putValue(tables, bytes, stored)
        return true
      }, stored.text.length)
    },
    async delete(key) {
      const bytes = toBytes(key)
      await embedded.writeReserved(() => tables.values.remove(bytes), 0)
    },
    async *list(prefix) {
      const start = Buffer.from(prefix)
      let page = readPage(tables, start)
      for (;;) {
        for (const { key, text } of page) {
          if (!key.subarray(0, start.length).equals(start)) return
          const value = parseValue(text)
          if (value !== undefined) yield [key.toString(), value] as const
        }
        const last = page.at(-1)
        if (!last || page.length < pageLimit) return
        await othersTurn() // LMDB answers synchronously, so promises alone would starve everything else
        page = readPage(tables, last.key, { exclusive: true })
      }
    },
    async close() {
      clearInterval(sweeper)
      await embedded.close()
    },
  }
}

interface Tables {
  readonly values: Table
  /** Expiring keys by time, so that expired ones are found without a search. */
  readonly expiries: Table
}

interface Row {
  readonly key: Buffer
  readonly text: string
}

/** A stored value: a string, and its expiry time, if it has one. */
interface StoredValue {
  readonly text: string
  readonly expiresAt: number | undefined
}

const pageLimit = 100
const sweepLimit = 500

function toBytes(key: string): Buffer {
  const bytes = Buffer.from(key)
  if (bytes.length === 0 || bytes.length > maxKeyBytes) throw invalidKey()
  return bytes
}

/** Serialized immediately, so that later changes to the object have no effect. */
function toStoredValue(value: unknown, ttlMs: number | undefined): StoredValue {
  const expiresAt = ttlMs === undefined ? undefined : Date.now() + ttlMs
  return { text: JSON.stringify({ v: value ?? null, e: expiresAt }), expiresAt }
}

/** The value in a stored string; undefined if it has expired. */
function parseValue(text: string): unknown {
  const { v, e = Number.POSITIVE_INFINITY } = JSON.parse(text) as { readonly v: unknown; readonly e?: number }
  return e > Date.now() ? v : undefined
}

function readValue({ values }: Tables, key: Uint8Array): unknown {
  try {
    const text = values.get(key)
    return text === undefined ? undefined : parseValue(text)
  } catch (error) {
    throw unreadable(error)
  }
}

/** Read completely before yielding, because a waiting reader keeps old pages from being reused. */
function readPage({ values }: Tables, start: Uint8Array, { exclusive = false } = {}): Row[] {
  try {
    const range = start.length > 0 ? { start, exclusiveStart: exclusive, limit: pageLimit } : { limit: pageLimit }
    // Copied, because keys from LMDB may be in its own memory.
    return [...values.getRange(range)].map(({ key, value }) => ({ key: Buffer.from(key), text: value }))
  } catch (error) {
    throw unreadable(error)
  }
}

/** Only within a transaction. */
function putValue({ values, expiries }: Tables, key: Uint8Array, { text, expiresAt }: StoredValue): void {
  values.put(key, text)
  if (expiresAt !== undefined) expiries.put(expiryKey(expiresAt, key), '')
}

/** Only within a transaction. Deletes some expired values and returns whether there may be more. */
function removeExpired(tables: Tables): boolean {
  const { values, expiries } = tables
  const range = { end: expiryKey(Date.now()), limit: sweepLimit }
  const due = [...expiries.getKeys(range)].map((expiry) => Buffer.from(expiry)) // copied, as in readPage
  for (const expiry of due) {
    const key = expiry.subarray(timeBytes)
    if (readValue(tables, key) === undefined) values.remove(key)
    expiries.remove(expiry)
  }
  return due.length === sweepLimit
}

function unreadable(error: unknown): UnavailableError {
  return new UnavailableError(`The store cannot be read: ${messageOf(error)}`, 5, { cause: error })
}
