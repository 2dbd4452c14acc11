import type { Choice, InteractionData } from '../wire.js'
import { type FindCommand, findOption } from './find-command.js'
import { readInteractionOptions } from './interaction-to-line.js'

/** What could be meant by what is typed so far, from the command's own definition. */
export function suggest(data: InteractionData, findCommand: FindCommand): readonly Choice[] {
  const { path, given } = readInteractionOptions(data)
  const focused = given.find((one) => one.focused === true)
  const option = focused && findOption(findCommand(path), String(focused.name))
  if (option?.type !== 'choice') return []
  const typed = String(focused?.value ?? '')
  // Of a list, the last word is being typed.
  const before = option.many ? typed.slice(0, typed.search(/(?:"[^"]*|\S*)$/)) : ''
  return rank(option.choices, typed.slice(before.length).replace(/^"/, ''))
    .map((choice) => before + (option.many && /\s/.test(choice) ? `"${choice}"` : choice))
    .filter((value) => value.length <= longestChoice)
    .slice(0, mostChoices)
    .map((value) => ({ name: value, value }))
}

/** https://discord.com/developers/docs/interactions/application-commands#autocomplete */
export const mostChoices = 25

/** Characters that a choice may have. */
export const longestChoice = 100

/** What begins so first, then what has it inside. */
function rank(choices: readonly string[], typed: string): readonly string[] {
  const wanted = typed.toLowerCase()
  const begins = choices.filter((choice) => choice.toLowerCase().startsWith(wanted))
  const holds = choices.filter((choice) => choice.toLowerCase().includes(wanted) && !begins.includes(choice))
  return [...begins, ...holds]
}
