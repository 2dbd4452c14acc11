/**
 * Sets and maps for short-lived entries. When a native Set or Map grows, its old table references the new one until a full
 * garbage collection, which keeps long-finished entries alive. These do not have that problem: in
 * gc-friendly-collections.test.ts, out of 2 MB a Set keeps 1.5 and a Map 1.6.
 */

/** An item of an intrusive set. It can be in one set at a time, and only the set changes its index. */
export interface Pooled {
  place?: number | undefined
}

/** An unordered set. Every operation takes constant time. */
export class IntrusiveSet<Item extends Pooled> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: Item): void {
    item.place = this.#items.push(item) - 1
  }

  /** False if it was not there. */
  delete(item: Item): boolean {
    const { place } = item
    if (place === undefined || this.#items[place] !== item) return false
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      this.#items[place] = last
      last.place = place
    }
    item.place = undefined
    return true
  }

  /** A copy of the current items. */
  list(): readonly Item[] {
    return [...this.#items]
  }
}

/** An unordered map with string keys, without inherited properties. */
export class RecordMap<Value> {
  #values: Record<string, Value> = Object.create(null)

  get size(): number {
    return Object.keys(this.#values).length
  }

  get(key: string): Value | undefined {
    return this.#values[key]
  }

  has(key: string): boolean {
    return key in this.#values
  }

  set(key: string, value: Value): void {
    this.#values[key] = value
  }

  /** False if it was not there. */
  delete(key: string): boolean {
    const known = this.has(key)
    delete this.#values[key]
    return known
  }

  clear(): void {
    this.#values = Object.create(null)
  }

  values(): readonly Value[] {
    return Object.values(this.#values)
  }
}
