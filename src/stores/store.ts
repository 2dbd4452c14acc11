/** A place to keep small JSON values. Keys have 1 to 500 bytes, else RangeError; `list` goes in the order of their bytes. */
export interface Store {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>
  /** Sets only if the key is free, and says whether it did. Exactly one of concurrent callers wins. */
  add(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<boolean>
  delete(key: string): Promise<void>
  list(prefix: string): AsyncIterable<readonly [key: string, value: unknown]>
  close(): Promise<void>
}
