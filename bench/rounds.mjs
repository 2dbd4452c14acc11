// Figures from turns: contestants take short turns close together, so that whatever else the machine does meets them all alike.

/**
 * Lets each contestant take a turn, again and again; gives each one's results in the order of the turns. It goes on, up to
 * `most` turns, while a ratio of two contestants in one of the `figures` of their results is uncertain.
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

/** One figure of each turn; of rounds, of each turn in each round. */
export function pick(results, name, key) {
  return results.get(name).map((turn) => (Array.isArray(turn) ? turn.map((one) => one[key]) : turn[key]))
}

/** Nobody is always the first, and of any two each goes before the other as often as after it. */
function orderOf(contestants, at) {
  const from = (at >> 1) % contestants.length
  const order = [...contestants.slice(from), ...contestants.slice(0, from)]
  return at % 2 === 0 ? order : order.reverse()
}

/** The middle value; turns of one process, which stand in a list of their own, count as one value. */
export function median(values) {
  const sorted = sort(values)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Where the true median lies, 95 times in 100: between two of the sorted values, whatever their distribution. Fewer than
 * six values cannot say so much, and give their whole range.
 */
export function medianInterval(values) {
  const sorted = sort(values)
  const { length } = sorted
  // Each value is a coin that falls above or below the true median: how many of the lowest may be left out?
  let [left, chance, tail] = [0, 0.5 ** length, 0]
  while (tail + chance <= 0.025) {
    tail += chance
    left++
    chance *= (length - left + 1) / left
  }
  const lowest = Math.max(0, left - 1)
  return [sorted[lowest], sorted[length - 1 - lowest]]
}

/** How far the true median may lie from the one that was found, as a part of it. */
export function uncertainty(values) {
  const [low, high] = medianInterval(values)
  return Math.max(high / median(values) - 1, 1 - low / median(values))
}

/** One against another, pair by pair: the median, and the interval that it lies in; uncertain where that is wider than ±10 %. */
export function ratio(ones, others) {
  const pairs = divide(ones, others)
  if (pairs.length === 0) return { withheld: 'nothing was measured' }
  const [low, high] = medianInterval(pairs)
  return { value: median(pairs), low, high, pairs: pairs.length, uncertain: uncertainty(pairs) > 0.1 }
}

/** Processes of one and the same code differ more than turns of one process do: such turns make one pair. */
function divide(ones, others) {
  return ones
    .map((one, at) => (Array.isArray(one) ? median(divide(one, others[at])) : one / others[at]))
    .filter(Number.isFinite)
}

function sort(values) {
  return values.map((value) => (Array.isArray(value) ? median(value) : value)).sort((one, other) => one - other)
}
