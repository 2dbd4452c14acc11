import { LRUCache } from 'lru-cache'

/** What was used last, of so much at most. */
export interface Cache<Value> {
  get(key: string): Value | undefined
  /** As `get`, but that does not count as use. */
  peek(key: string): Value | undefined
  has(key: string): boolean
  set(key: string, value: Value, options?: { readonly ttl?: number }): void
  delete(key: string): void
}

/**
 * Creates a cache that takes its room when it first keeps something. An LRUCache takes all of it at once: those of a bot
 * of two platforms took 31 ms of the 900 of processor time that a worker's start takes, and 3 MB that most never need.
 */
export function createCache<Value extends NonNullable<unknown>>(options: CacheOptions): Cache<Value> {
  let made: LRUCache<string, Value> | undefined
  return {
    get: (key) => made?.get(key),
    peek: (key) => made?.peek(key),
    has: (key) => made?.has(key) ?? false,
    set(key, value, own) {
      made ??= new LRUCache<string, Value>({ ...options })
      made.set(key, value, own)
    },
    delete: (key) => void made?.delete(key),
  }
}

interface CacheOptions {
  readonly max: number
  /** Milliseconds. */
  readonly ttl?: number
}
