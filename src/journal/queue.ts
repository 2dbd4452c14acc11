/** Things that wait for their turn. Every operation takes constant time. */
export interface Queue<Item> {
  add(item: Item): void
  take(): Item | undefined
  size(): number
}

/**
 * A queue in which those whom `turns` tells apart take turns: with `[room, person]` the rooms do, and within a room its
 * people. Without `turns`, who came first goes first.
 */
export function createQueue<Item>(turns: readonly ((item: Item) => string)[] = []): Queue<Item> {
  const [keyOf, ...below] = turns
  if (!keyOf) return createLine()

  // A Map goes in the order of insertion: who had a turn is put back at the end.
  const lanes = new Map<string, Queue<Item>>()
  let size = 0

  return {
    add(item) {
      const key = keyOf(item)
      const lane = lanes.get(key) ?? createQueue(below)
      lanes.set(key, lane)
      lane.add(item)
      size++
    },
    take() {
      const [next] = lanes
      if (!next) return undefined
      const [key, lane] = next
      lanes.delete(key)
      const item = lane.take()
      if (lane.size() > 0) lanes.set(key, lane)
      size--
      return item
    },
    size: () => size,
  }
}

function createLine<Item>(): Queue<Item> {
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
