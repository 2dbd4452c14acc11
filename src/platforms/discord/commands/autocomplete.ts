import type { Choice, InteractionData } from '../wire.js'
import { type FindCommand, findOption } from './find-command.js'
import { readInteractionOptions, splitList } from './interaction-to-line.js'

/** Suggestions for what is typed so far, from the command's definition. */
export function suggest(data: InteractionData, findCommand: FindCommand): readonly Choice[] {
  const { path, given } = readInteractionOptions(data)
  const focused = given.find((one) => one.focused === true)
  const option = focused && findOption(findCommand(path), String(focused.name))
  if (option?.type !== 'choice') return []
  const typed = String(focused?.value ?? '')
  const { before, word } = option.many ? lastOfList(typed) : { before: '', word: typed }
  return rank(option.choices, word)
    .map((choice) => before + (option.many && /\s/.test(choice) ? `"${choice}"` : choice))
    .filter((value) => value.length <= longestChoice)
    .slice(0, mostChoices)
    .map((value) => ({ name: value, value }))
}

/** https://discord.com/developers/docs/interactions/application-commands#autocomplete */
export const mostChoices = 25

/** The longest choice. */
export const longestChoice = 100

/** In a list, the last word is being typed: from an open quote, if there is one. */
function lastOfList(typed: string): { readonly before: string; readonly word: string } {
  const words = splitList(typed)
  const open = words.findLast(({ text, start }) => /^["'“”„‟＂‘’‚‛＇«»]/.test(text) && typed.startsWith(text, start))
  if (open) return { before: typed.slice(0, open.start), word: typed.slice(open.start + 1) }
  const last = words.at(-1)
  if (!last || last.end < typed.length) return { before: typed, word: '' }
  return { before: typed.slice(0, last.start), word: last.text }
}

/** Prefix matches first, then other matches. */
function rank(choices: readonly string[], typed: string): readonly string[] {
  const wanted = typed.toLowerCase()
  const begins = choices.filter((choice) => choice.toLowerCase().startsWith(wanted))
  const holds = choices.filter((choice) => choice.toLowerCase().includes(wanted) && !begins.includes(choice))
  return [...begins, ...holds]
}
