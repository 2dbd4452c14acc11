import { randomBytes } from 'node:crypto'
import { throwUnavailable } from './or-unavailable.js'
import type { Store } from './store.js'

/** A version shared by all values of a kind, so that one small read tells whether any cached value has changed. */
export interface CacheVersion {
  /** The last version read, if that was less than a second ago; otherwise undefined. */
  known(): string | undefined
  /** Reads it; concurrent calls share one read. Throws UnavailableError. */
  read(): Promise<string>
  /** Call it after each change. If it fails, it is repeated before the next read. */
  change(): Promise<void>
}

/** Stores the version under `key`; a read is valid for `staleMs`. */
export function createCacheVersion(store: Pick<Store, 'get' | 'set'>, key: string, staleMs = 750): CacheVersion {
  let value: string | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<string> | undefined
  let unannounced = false

  async function change(): Promise<void> {
    unannounced = true
    try {
      await store.set(key, randomBytes(9).toString('base64url'))
      unannounced = false
    } catch {} // the change itself was stored
  }

  async function readNow(): Promise<string> {
    try {
      if (unannounced) await change()
      const began = performance.now()
      const stored = await store.get(key).catch(throwUnavailable)
      value = typeof stored === 'string' ? stored : ''
      readAt = began
      return value
    } finally {
      reading = undefined
    }
  }

  return {
    known: () => (performance.now() - readAt < staleMs ? value : undefined),
    read() {
      reading ??= readNow()
      return reading
    },
    change,
  }
}
