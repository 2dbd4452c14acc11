// Figures from rounds: contestants take turns, so that what else the machine does meets all of them alike.

/** Lets each take a turn per round; gives each one's results in the order of the rounds. */
export async function interleave(contestants, rounds, turn, told = () => {}) {
  const results = new Map(contestants.map((one) => [one.name, []]))
  for (let round = 0; round < rounds; round++) {
    told(round + 1, rounds)
    // Nobody is always the first.
    const order = contestants.map((_, index) => contestants[(index + round) % contestants.length])
    for (const one of order) results.get(one.name).push(await turn(one, round))
  }
  return results
}

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** By how much the rounds differ; of five or more the highest and the lowest are left out. */
export function spread(values) {
  const sorted = values.toSorted((one, other) => one - other)
  const kept = sorted.length >= 5 ? sorted.slice(1, -1) : sorted
  return kept[kept.length - 1] / kept[0] - 1
}

/** One against another, round by round; no figure where the rounds disagree by more than a quarter. */
export function ratio(ones, others) {
  const ratios = ones.map((value, round) => value / others[round]).filter(Number.isFinite)
  if (ratios.length === 0) return { refused: 'nothing was measured' }
  const disagree = spread(ratios)
  if (disagree > 0.25) return { refused: `rounds disagree by ${Math.round(disagree * 100)} %`, spread: disagree }
  return { value: median(ratios), spread: disagree }
}
