/** A queue in which every operation takes constant time. */
export interface Fifo<Item> {
  add(item: Item): void
  take(): Item | undefined
  first(): Item | undefined
  size(): number
}

/** Creates an empty queue. */
export function createFifo<Item>(): Fifo<Item> {
  let items: Item[] = []
  let taken = 0
  return {
    add: (item) => void items.push(item),
    take() {
      const item = items[taken++]
      // Taken items are dropped once they are half of the list, so that each item is moved at most once.
      if (taken * 2 >= items.length) {
        items = items.slice(taken)
        taken = 0
      }
      return item
    },
    first: () => items[taken],
    size: () => items.length - taken,
  }
}
