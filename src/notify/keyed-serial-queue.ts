/** Runs jobs of one lane in order and different lanes in parallel. */
export interface KeyedSerialQueue<Item> {
  /** Appends a job to its lane. */
  add(lane: string, item: Item): void
  /** Whether the lane has waiting or running jobs. */
  has(lane: string): boolean
  /** The last waiting job in the lane that matches. */
  findLast(lane: string, isIt: (item: Item) => boolean): Item | undefined
  /** Starts running jobs. */
  start(work: (item: Item) => Promise<void>): void
  /**
   * Starts nothing more, and passes waiting jobs to `leave`, one lane at a time, once its running job has ended, so that
   * nobody who takes them over gets ahead of it.
   */
  stop(leave: (items: readonly Item[]) => void): void
  /** The waiting jobs. */
  takeAll(): readonly Item[]
}

/** Creates the queue; empty lanes take no memory. */
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
