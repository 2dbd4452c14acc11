/** Things that are done one after the other where they share a lane, and side by side where they do not. */
export interface KeyedSerialQueue<Item> {
  /** Puts it at the end of its lane. */
  add(lane: string, item: Item): void
  /** Whether anything is in the lane, or being done. */
  has(lane: string): boolean
  /** The last that waits in the lane and for which `isIt` holds. */
  findLast(lane: string, isIt: (item: Item) => boolean): Item | undefined
  /** Begins to work. */
  start(work: (item: Item) => Promise<void>): void
  /**
   * Begins nothing more, and gives what waits to `leave`, a lane at a time: as soon as what is being done there has ended,
   * so that nobody who takes it up overtakes that.
   */
  stop(leave: (items: readonly Item[]) => void): void
  /** What waits still. */
  takeAll(): readonly Item[]
}

/** Creates lanes; a lane that is empty takes no memory. */
export function createKeyedSerialQueue<Item>(): KeyedSerialQueue<Item> {
  const lanes = new Map<string, Lane<Item>>()
  let work: ((item: Item) => Promise<void>) | undefined
  let leave: ((items: readonly Item[]) => void) | undefined

  async function run(key: string, lane: Lane<Item>): Promise<void> {
    const begun = work
    if (!begun || lane.running) return
    lane.running = true
    for (let item = lane.items.shift(); item !== undefined; item = lane.items.shift()) {
      await begun(item)
      leave?.(lane.items.splice(0))
    }
    lanes.delete(key)
  }

  return {
    add(key, item) {
      const lane = lanes.get(key) ?? { items: [], running: false }
      lanes.set(key, lane)
      lane.items.push(item)
      void run(key, lane)
    },
    has: (key) => lanes.has(key),
    findLast: (key, isIt) => lanes.get(key)?.items.findLast(isIt),
    start(given) {
      if (leave) return
      work = given
      for (const [key, lane] of lanes) void run(key, lane)
    },
    stop(given) {
      leave = given
      work = undefined
      for (const [key, { items, running }] of lanes) {
        if (running) continue
        lanes.delete(key)
        given(items)
      }
    },
    takeAll: () => [...lanes.values()].flatMap(({ items }) => items.splice(0)),
  }
}

interface Lane<Item> {
  readonly items: Item[]
  running: boolean
}
