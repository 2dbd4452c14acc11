/** A Bloom filter of ten bits per key, with one false positive in a hundred. */
export interface Filter {
  readonly bytes: Buffer
  add(keys: Buffer, at: number): void
  mayHave(keys: Buffer, at?: number): boolean
}

/** The size in bytes of a filter for this many keys. */
export function filterBytes(keys: number): number {
  return Math.ceil((keys * bitsPerKey) / 8) + 1
}

/** Creates a filter over bytes: zeros, or those of an existing filter. Keys are 12 evenly distributed bytes. */
export function createFilter(bytes: Buffer): Filter {
  const size = bytes.length * 8
  const first = (keys: Buffer, at: number) => keys.readUInt32BE(at + 4)
  const step = (keys: Buffer, at: number) => keys.readUInt32BE(at + 8)
  return {
    bytes,
    add(keys, at) {
      let hash = first(keys, at)
      for (let probe = 0; probe < probes; probe++) {
        const bit = hash % size
        bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) | (1 << (bit & 7))
        hash += step(keys, at)
      }
    },
    mayHave(keys, at = 0) {
      let hash = first(keys, at)
      for (let probe = 0; probe < probes; probe++) {
        const bit = hash % size
        if (((bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
        hash += step(keys, at)
      }
      return true
    },
  }
}

const bitsPerKey = 10
const probes = 5
