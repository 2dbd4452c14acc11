/** Texts that came before, many of them in little and fixed space. */
export interface ApproximateSet {
  /** False where it never came, and may be where so much has come since that its place was needed. */
  has(text: string): boolean
  add(text: string): void
  delete(text: string): void
}

/**
 * Keeps 53 bits of a hash for each of `most` texts, a power of two: two megabytes for the quarter of a million that it
 * keeps by itself.
 */
export function createApproximateSet(most = 262_144): ApproximateSet {
  const marks = new Float64Array(most)
  let turn = 0

  /** Those that a text may stand at lie side by side, in one line of the processor's cache. */
  function find({ first, mark }: Hash): number {
    for (let at = first; at < first + ways; at++) if (marks[at] === mark) return at
    return -1
  }

  return {
    has: (text) => find(hash(text, most)) >= 0,
    add(text) {
      const { first, mark } = hash(text, most)
      if (find({ first, mark }) >= 0) return
      const free = find({ first, mark: 0 })
      marks[free >= 0 ? free : first + (turn++ % ways)] = mark
    },
    delete(text) {
      const at = find(hash(text, most))
      if (at >= 0) marks[at] = 0
    },
  }
}

const ways = 8

interface Hash {
  readonly first: number
  readonly mark: number
}

/** Two sums over the text, each mixed by multiplying: one says where it may stand, both what stands there. */
function hash(text: string, most: number): Hash {
  let one = 0x2545f491
  let other = 0x6c078965
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    one = Math.imul(one ^ code, 0x9e3779b1)
    other = Math.imul(other ^ code, 0x85ebca77)
    one ^= one >>> 15
    other ^= other >>> 13
  }
  const mark = (other >>> 0) * 2 ** 21 + (one >>> 11) + 1
  return { first: (one ^ (other << 7)) & (most - 1) & ~(ways - 1), mark }
}
