import { UnavailableError } from '../model/errors.js'
import type { Embedded } from './environment.js'
import { keyBytes } from './key.js'
import type { Store } from './store.js'

export { type Embedded, openEmbedded } from './environment.js'

/** A store in a directory: what `set`, `add` and `delete` did is on disk when they resolve. Closing it closes `embedded`. */
export function createEmbeddedStore(embedded: Embedded): Store {
  const values = embedded.table('store')
  const expiries = embedded.table('expiry')

  function read(key: Uint8Array): Kept | undefined {
    const text = values.get(key)
    const kept = text === undefined ? undefined : (JSON.parse(text) as Kept)
    return kept && (kept.e ?? Number.POSITIVE_INFINITY) > Date.now() ? kept : undefined
  }

  function put(key: Uint8Array, text: string, expires: number | undefined): void {
    values.put(key, text)
    if (expires !== undefined) expiries.put(expiryKey(expires, key), '')
  }

  /** Takes away some of what expired, and says whether there may be more. */
  function sweep(): boolean {
    const due = [...expiries.getKeys({ end: expiryKey(Date.now(), nothing), limit: sweepLimit })].map(copy)
    for (const expiry of due) {
      const key = expiry.subarray(8)
      if (!read(key)) values.remove(key)
      expiries.remove(expiry)
    }
    return due.length === sweepLimit
  }

  const sweeper = setInterval(async () => {
    // Full or closing: what expired is taken away later, and counts as gone meanwhile.
    while (await embedded.finish(sweep, sweepLimit * 64).catch(() => false));
  }, 5_000)
  sweeper.unref()

  return {
    async get(key) {
      return reading(() => read(keyBytes(key))?.v)
    },
    async set(key, value, options) {
      const bytes = keyBytes(key)
      const { text, expires } = toKept(value, options?.ttlMs)
      await embedded.write(() => put(bytes, text, expires), text.length)
    },
    async add(key, value, options) {
      const bytes = keyBytes(key)
      if (reading(() => read(bytes))) return false
      const { text, expires } = toKept(value, options?.ttlMs)
      return await embedded.write(() => {
        if (read(bytes)) return false
        put(bytes, text, expires)
        return true
      }, text.length)
    },
    async delete(key) {
      const bytes = keyBytes(key)
      await embedded.finish(() => values.remove(bytes), 0)
    },
    async *list(prefix) {
      const wanted = Buffer.from(prefix)
      let after: Uint8Array | undefined
      for (;;) {
        const page = reading(() => pageOf(after ?? wanted, after !== undefined))
        for (const { key, text } of page) {
          if (!key.subarray(0, wanted.length).equals(wanted)) return
          const kept = JSON.parse(text) as Kept
          if ((kept.e ?? Number.POSITIVE_INFINITY) > Date.now()) yield [key.toString(), kept.v] as const
        }
        if (page.length < pageLimit) return
        after = page.at(-1)?.key
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
    return [...values.getRange(range)].map(({ key, value }) => ({ key: copy(key), text: value }))
  }
}

/** A value as it stands in the file, with the time when it expires, if it does. */
interface Kept {
  readonly v: unknown
  readonly e?: number
}

const pageLimit = 500
const sweepLimit = 500
const nothing = new Uint8Array()

function toKept(value: unknown, ttlMs: number | undefined): { readonly text: string; readonly expires?: number } {
  if (ttlMs === undefined) return { text: JSON.stringify({ v: value ?? null }) }
  const expires = Date.now() + ttlMs
  return { text: JSON.stringify({ v: value ?? null, e: expires }), expires }
}

/** The time first, so that what expires next comes first. */
function expiryKey(at: number, key: Uint8Array): Buffer {
  const time = Buffer.alloc(8)
  time.writeDoubleBE(at)
  return Buffer.concat([time, key])
}

/** What LMDB hands out may lie in its own memory. */
function copy(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes)
}

function reading<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new UnavailableError(`The store cannot be read: ${reason}`, 5, { cause: error })
  }
}
