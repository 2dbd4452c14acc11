import { randomBytes } from 'node:crypto'
import type { Store } from './store.js'

/** Says whether anything of a kind has changed: one small read in a while, however much of it is cached. */
export interface CacheVersion {
  /** The version as it is, or was less than `staleMs` ago; undefined where it must be read. */
  known(): string | undefined
  /** Reads it, once for all who ask meanwhile. */
  read(): Promise<string>
  /**
   * Call it after a change was written: then no process believes for longer than `staleMs` what it read before. The
   * change stands whatever becomes of this: what cannot be written now is written before the next reading.
   */
  change(): Promise<void>
}

/** Keeps the version under `key`, where other processes look too. */
export function createCacheVersion(store: Pick<Store, 'get' | 'set'>, key: string, staleMs: number): CacheVersion {
  let value: string | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<string> | undefined
  let owed = false

  async function change(): Promise<void> {
    owed = true
    await store.set(key, randomBytes(9).toString('base64url')).then(
      () => {
        owed = false
      },
      () => undefined, // still owed
    )
  }

  async function look(): Promise<string> {
    if (owed) await change()
    const began = performance.now()
    const stored = await store.get(key)
    value = typeof stored === 'string' ? stored : ''
    readAt = began
    return value
  }

  return {
    known: () => (performance.now() - readAt < staleMs ? value : undefined),
    read() {
      reading ??= look().finally(() => {
        reading = undefined
      })
      return reading
    },
    change,
  }
}
