/** Things that wait for their turn. Every operation takes constant time. */
export interface FairQueue<Item> {
  add(item: Item): void
  take(): Item | undefined
  size(): number
}

/**
 * A queue in which those whom `turns` tells apart take turns: with `[room, person]` the rooms do, and within a room its
 * people. Without `turns`, who came first goes first.
 */
export function createFairQueue<Item>(turns: readonly ((item: Item) => string)[] = []): FairQueue<Item> {
  const [keyOf, ...below] = turns
  if (!keyOf) return createFifo()

  const lanes = new Map<string, Lane<Item>>()
  const line = createFifo<Lane<Item>>()
  let size = 0

  return {
    add(item) {
      const key = keyOf(item)
      let lane = lanes.get(key)
      if (!lane) {
        lane = { key, items: createFairQueue(below) }
        lanes.set(key, lane)
        line.add(lane)
      }
      lane.items.add(item)
      size++
    },
    take() {
      const lane = line.take()
      if (!lane) return undefined
      const item = lane.items.take()
      if (lane.items.size() > 0) line.add(lane)
      else lanes.delete(lane.key)
      size--
      return item
    },
    size: () => size,
  }
}

interface Lane<Item> {
  readonly key: string
  readonly items: FairQueue<Item>
}

function createFifo<Item>(): FairQueue<Item> {
  let items: Item[] = []
  let taken = 0
  return {
    add: (item) => void items.push(item),
    take() {
      const item = items[taken++]
      // What was taken is let go of once it is half of the list, so that each item is moved at most once.
      if (taken * 2 >= items.length) {
        items = items.slice(taken)
        taken = 0
      }
      return item
    },
    size: () => items.length - taken,
  }
}
