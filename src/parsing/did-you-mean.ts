/** Finds the closest candidate, at an edit distance of at most two, or one for short words. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  const word = typed.toLowerCase()
  if (word.length < 2 || word.length > 64) return undefined
  let best: string | undefined
  let least = (word.length < 5 ? 1 : 2) + 1
  for (const one of candidates) {
    if (Math.abs(one.length - word.length) >= least) continue
    const distance = slips(word, one)
    if (distance < least) {
      best = one
      least = distance
    }
  }
  return best
}

/** The Damerau–Levenshtein distance: letters inserted, deleted, replaced or swapped. */
function slips(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const now = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(at(last, column) + 1, at(now, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(before, column - 2) + 1)
      }
      now.push(cost)
    }
    before = last
    last = now
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
