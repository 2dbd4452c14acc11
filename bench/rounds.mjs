// Figures from short, alternating turns, so that other load on the machine affects all contestants alike.

/**
 * Lets each contestant take turns and returns the results in order. Continues, up to `most` turns, while a ratio between two
 * contestants in one of the `figures` is uncertain.
 */
export async function interleave(contestants, { turns, most = 4 * turns, figures, told = () => {} }, turn) {
  const results = new Map(contestants.map((one) => [one.name, []]))
  for (let at = 0; at < turns || (at < most && !figures.every((key) => isClear(results, key))); at++) {
    told(at < turns ? `turn ${at + 1} of ${turns}` : `turn ${at + 1} of at most ${most}, because they differ much`)
    for (const one of orderOf(contestants, at)) results.get(one.name).push(await turn(one))
  }
  return results
}

function isClear(results, key) {
  const all = [...results.keys()].map((name) => pick(results, name, key))
  return all.every((ones, at) => all.slice(0, at).every((others) => !ratio(ones, others).uncertain))
}

/** One figure of each turn; with rounds, of each turn in each round. */
export function pick(results, name, key) {
  return results.get(name).map((turn) => (Array.isArray(turn) ? turn.map((one) => one[key]) : turn[key]))
}

/** Nobody is always first, and of any two contestants each goes before the other equally often. */
function orderOf(contestants, at) {
  const from = (at >> 1) % contestants.length
  const order = [...contestants.slice(from), ...contestants.slice(0, from)]
  return at % 2 === 0 ? order : order.reverse()
}

/** The median; turns of one process, which are in a list of their own, count as one value. */
export function median(values) {
  const sorted = sort(values)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The 95 % confidence interval of the median, between two of the sorted values, for any distribution. Fewer than six values give
 * their whole range.
 */
export function medianInterval(values) {
  const sorted = sort(values)
  const { length } = sorted
  // Each value is above or below the true median with equal probability: how many of the lowest can be left out?
  let [left, chance, tail] = [0, 0.5 ** length, 0]
  while (tail + chance <= 0.025) {
    tail += chance
    left++
    chance *= (length - left + 1) / left
  }
  const lowest = Math.max(0, left - 1)
  return [sorted[lowest], sorted[length - 1 - lowest]]
}

/** The half-width of the interval, relative to the median. */
export function uncertainty(values) {
  const [low, high] = medianInterval(values)
  return Math.max(high / median(values) - 1, 1 - low / median(values))
}

/** The ratio pair by pair: the median and its interval; uncertain if that is wider than ±10 %. */
export function ratio(ones, others) {
  const pairs = divide(ones, others)
  if (pairs.length === 0) return { withheld: 'nothing was measured' }
  const [low, high] = medianInterval(pairs)
  return { value: median(pairs), low, high, pairs: pairs.length, uncertain: uncertainty(pairs) > 0.1 }
}

/** Processes with the same code differ more than turns of one process, so turns of one process make one pair. */
function divide(ones, others) {
  return ones
    .map((one, at) => (Array.isArray(one) ? median(divide(one, others[at])) : one / others[at]))
    .filter(Number.isFinite)
}

function sort(values) {
  return values.map((value) => (Array.isArray(value) ? median(value) : value)).sort((one, other) => one - other)
}
