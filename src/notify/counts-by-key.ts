/** Counts by key. */
export interface Counts {
  of(key: string): number
  add(key: string, by: number): void
}

/** Creates counts; zeros take no memory. */
export function createCounts(): Counts {
  const counts = new Map<string, number>()
  return {
    of: (key) => counts.get(key) ?? 0,
    add(key, by) {
      const count = (counts.get(key) ?? 0) + by
      if (count > 0) counts.set(key, count)
      else counts.delete(key)
    },
  }
}
