import { nearest } from './did-you-mean.js'

/** What other words for a part are, in lower case, and what it is called here; what has a blank is said as it stands. */
export type OtherWords = Readonly<Record<string, string>>

/** What a definition has that nothing knows, each with what was probably meant: left out without a word, `alow` would allow everybody. */
export function unknownParts(
  names: readonly string[],
  known: readonly string[],
  otherWords: OtherWords = {},
): readonly string[] {
  const unknown = names.filter((name) => !known.includes(name) && !notWritten.has(name))
  return unknown.map((name) => `there is no part “${name}” (${suggest(name, known, otherWords)})`)
}

/** What a module has beside what its author exports. */
const notWritten = new Set(['default', '__esModule', 'module.exports'])

function suggest(name: string, known: readonly string[], otherWords: OtherWords): string {
  const word = name.toLowerCase().replaceAll('_', '')
  const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined
  if (other?.includes(' ')) return other
  const meant = other !== undefined && known.includes(other) ? other : nearest(name, known)
  return meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`
}
