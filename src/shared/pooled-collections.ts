/**
 * Sets and maps of what comes and goes all the time. When one of JavaScript's own makes itself a new table, the old table
 * keeps the new one, and all that is in it, until the engine looks through its whole memory: what has long passed is kept
 * with it. These make none.
 */

/** What can be in a passing set: in one at a time, and only the set changes its place. */
export interface Pooled {
  place?: number | undefined
}

/** A set in no order. Every operation takes constant time. */
export class IntrusiveSet<Item extends Pooled> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: Item): void {
    item.place = this.#items.push(item) - 1
  }

  /** Says whether it was there. */
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

  /** All that are there now, whatever becomes of them. */
  list(): readonly Item[] {
    return [...this.#items]
  }
}

/** A map by text, in no order; fit for some thousands at a time. */
export class BucketMap<Value> {
  readonly #shelves = Array.from({ length: 1_024 }, (): Kept<Value>[] => [])
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): Value | undefined {
    for (const kept of this.#shelfOf(key)) if (kept.key === key) return kept.value
    return undefined
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  set(key: string, value: Value): void {
    const shelf = this.#shelfOf(key)
    const known = shelf.find((kept) => kept.key === key)
    if (known) known.value = value
    else {
      shelf.push({ key, value })
      this.#size++
    }
  }

  delete(key: string): boolean {
    const shelf = this.#shelfOf(key)
    const at = shelf.findIndex((kept) => kept.key === key)
    if (at < 0) return false
    const last = shelf.pop()
    if (last && at < shelf.length) shelf[at] = last
    this.#size--
    return true
  }

  clear(): void {
    for (const shelf of this.#shelves) shelf.length = 0
    this.#size = 0
  }

  *values(): Generator<Value> {
    for (const shelf of this.#shelves) for (const { value } of shelf) yield value
  }

  #shelfOf(key: string): Kept<Value>[] {
    let hash = 0
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
    return this.#shelves[(hash ^ (hash >>> 16)) & 1_023] as Kept<Value>[]
  }
}

interface Kept<Value> {
  readonly key: string
  value: Value
}
