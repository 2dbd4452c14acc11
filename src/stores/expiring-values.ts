import type { LmdbStore } from './lmdb-environment.js'

/** The embedded store's values, for whoever writes some in a transaction of its own. */
export interface ExpiringValues {
  read(key: Uint8Array): unknown
  /** Within a transaction only. */
  put(key: Uint8Array, kept: StoredValue): void
  /** Within a transaction only: takes away some of what expired, and says whether there may be more. */
  sweep(): boolean
}

/** Opens them. Values that expire are listed by their time too, so that what is over is found without a search. */
export function openExpiringValues(embedded: LmdbStore): ExpiringValues {
  const values = embedded.table('store')
  const expiries = embedded.table('expiry')

  function read(key: Uint8Array): unknown {
    const text = values.get(key)
    return text === undefined ? undefined : readStoredValue(text)
  }

  return {
    read,
    put(key, { text, expires }) {
      values.put(key, text)
      if (expires !== undefined) expiries.put(expiryKey(expires, key), '')
    },
    sweep() {
      const end = expiryKey(Date.now(), nothing)
      // What LMDB hands out may lie in its own memory.
      const due = [...expiries.getKeys({ end, limit: sweepLimit })].map((expiry) => Buffer.from(expiry))
      for (const expiry of due) {
        const key = expiry.subarray(timeBytes)
        if (read(key) === undefined) values.remove(key)
        expiries.remove(expiry)
      }
      return due.length === sweepLimit
    },
  }
}

/** A value as it stands in the file: text, and the time when it expires, if it does. */
export interface StoredValue {
  readonly text: string
  readonly expires: number | undefined
}

/** Makes a value ready to be kept: what becomes of the object afterwards changes nothing. */
export function toStoredValue(value: unknown, ttlMs: number | undefined): StoredValue {
  const expires = ttlMs === undefined ? undefined : Date.now() + ttlMs
  return { text: JSON.stringify({ v: value ?? null, e: expires }), expires }
}

/** Reads what stands in the file; undefined where its time is over. */
export function readStoredValue(text: string): unknown {
  const { v, e = Number.POSITIVE_INFINITY } = JSON.parse(text) as { readonly v: unknown; readonly e?: number }
  return e > Date.now() ? v : undefined
}

/** How many one sweep takes away at most. */
export const sweepLimit = 500
const timeBytes = 8
const nothing = new Uint8Array()

/** The time first, so that what expires next comes first. */
function expiryKey(at: number, key: Uint8Array): Buffer {
  const time = Buffer.alloc(timeBytes)
  time.writeDoubleBE(at)
  return Buffer.concat([time, key])
}
