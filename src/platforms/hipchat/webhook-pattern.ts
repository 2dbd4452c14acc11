/** All spaces that a phone may put around a command; in some engines `\\s` means ASCII only. */
const space = '[\\s\u00a0\u2002-\u200a\u202f\u3000]'

/** Longer patterns are untested; misspellings are dropped first. */
const longest = 8_000

/**
 * The webhook pattern for the bot's commands and for words with one typo, so that those can be answered with "did you mean".
 * It uses only syntax that RE2, PCRE, Python and JavaScript share, and no flags, so letters are classes of both cases.
 */
export function webhookPattern(names: readonly string[]): string {
  const words = [...new Set(names.map((name) => name.trim().split(/\s+/)[0]?.toLowerCase() ?? ''))]
    .filter(Boolean)
    .sort()
  const exact = words.map((word) => letters(word).map(eitherCase).join(''))
  const near = new Set<string>()
  let left = longest - anchor(exact).length
  for (const word of words.filter((word) => letters(word).length >= 4)) {
    for (const slip of oneSlip(word)) {
      if (near.has(slip)) continue
      near.add(slip)
      left -= slip.length + 1
    }
    if (left < 0) return anchor(exact) // with thousands of words, checking more is pointless
  }
  return anchor([...exact, ...near])
}

function anchor(alternatives: readonly string[]): string {
  return `^${space}*[/／](?:${alternatives.join('|')})(?:${space}|$)`
}

/**
 * One letter added, removed, changed or swapped, but never the first, because words that differ there usually belong to other
 * bots. Only the first letter may be a capital.
 */
function oneSlip(word: string): string[] {
  const [first = '', ...rest] = letters(word)
  const signs = [eitherCase(first), ...rest.map(literal)]
  const splice = (from: number, to: number, between: string) =>
    [...signs.slice(0, from), between, ...signs.slice(to)].join('')
  const other = rest.map((_, at) => splice(at + 1, at + 2, '\\w?'))
  const more = signs.map((_, at) => splice(at + 1, at + 1, '\\w'))
  const swapped = rest.slice(1).map((_, at) => splice(at + 1, at + 3, `${signs[at + 2]}${signs[at + 1]}`))
  return [...other, ...more, ...swapped]
}

function eitherCase(letter: string): string {
  const upper = letter.toUpperCase()
  return upper !== letter && letters(upper).length === 1 ? `[${letter}${upper}]` : literal(letter)
}

function literal(letter: string): string {
  return letter.replace(/[\\^$.|?*+()[\]{}]/, '\\$&')
}

function letters(word: string): string[] {
  return [...word]
}
