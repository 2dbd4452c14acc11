import { randomBytes } from 'node:crypto'
import { throwUnavailable } from './or-unavailable.js'
import type { Store } from './store.js'

/** The version of all values of a kind together: one small read says whether any that are cached have changed. */
export interface CacheVersion {
  /** Undefined where it must be read: for less than a second what was read is believed. */
  known(): string | undefined
  /** Reads it, once for all who ask meanwhile. Throws UnavailableError. */
  read(): Promise<string>
  /** Call it after each change. What cannot be announced now is announced before the next reading. */
  change(): Promise<void>
}

/** Keeps the version under `key`; what was read is believed for `staleMs`. */
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
    } catch {} // the change itself is kept
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
