/** Stores small JSON values. Keys are 1 to 500 bytes long, or methods throw RangeError. `list` sorts by the bytes of the keys. */
export interface Store {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>
  /** Sets the value only if the key is free. Returns whether it did: of several concurrent callers, exactly one gets true. */
  add(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<boolean>
  delete(key: string): Promise<void>
  list(prefix: string): AsyncIterable<readonly [key: string, value: unknown]>
  close(): Promise<void>
}
