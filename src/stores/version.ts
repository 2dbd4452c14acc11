import { randomBytes } from 'node:crypto'
import type { Store } from './store.js'

/** Says whether anything of a kind has changed: one small read in a while, however much of it is cached. */
export interface Version {
  /** The version as it is, or was less than `staleMs` ago; undefined where it has to be read. */
  known(): string | undefined
  /** Reads it, once for all who ask meanwhile. */
  read(): Promise<string>
  /** Call it after a change was written: then no process believes for longer than `staleMs` what it read before. */
  change(): Promise<void>
}

/** Keeps the version under `key`, where other processes look too. */
export function createVersion(store: Pick<Store, 'get' | 'set'>, key: string, staleMs: number): Version {
  let value: string | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<string> | undefined

  async function look(): Promise<string> {
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
    change: () => store.set(key, randomBytes(9).toString('base64url')),
  }
}
