import { nearest } from './did-you-mean.js'

/** Common wrong names in lower case, each with the right one; an entry that contains a space is shown as is. */
export type OtherWords = Readonly<Record<string, string>>

/** Unknown keys of a definition, each with the key it probably means. Ignoring `alow` would let everybody run the command. */
export function unknownParts(
  names: readonly string[],
  known: readonly string[],
  otherWords: OtherWords = {},
): readonly string[] {
  const unknown = names.filter((name) => !known.includes(name) && !notWritten.has(name))
  return unknown.map((name) => `unknown key “${name}” (${suggest(name, known, otherWords)})`)
}

/** What a module has besides its author's exports. */
const notWritten = new Set(['default', '__esModule', 'module.exports'])

function suggest(name: string, known: readonly string[], otherWords: OtherWords): string {
  const word = name.toLowerCase().replaceAll('_', '')
  const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined
  if (other?.includes(' ')) return other
  const meant = other !== undefined && known.includes(other) ? other : nearest(name, known)
  return meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`
}
