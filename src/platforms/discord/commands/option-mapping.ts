import type { ChoiceOption, NumberOption, Option, StringOption } from '../../../model/option.js'
import { type CommandOption, optionType } from '../wire.js'
import { longestChoice, mostChoices } from './autocomplete.js'

/** The service's type for an option, and what it checks; everything else is checked when the command runs. */
interface Mapping<O extends Option = Option> {
  readonly type: number
  checks?(option: O): Partial<CommandOption>
}

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-structure */
const mappings: Readonly<Record<Option['type'], Mapping>> = {
  string: { type: optionType.string, checks: lengths },
  number: { type: optionType.number, checks: numbers },
  integer: { type: optionType.integer, checks: numbers },
  boolean: { type: optionType.boolean },
  choice: { type: optionType.string, checks: choices },
  duration: { type: optionType.string },
  date: { type: optionType.string },
  user: { type: optionType.user },
  room: { type: optionType.channel },
} satisfies { readonly [T in Option['type']]: Mapping<Option & { readonly type: T }> }

/** The type of an option and the checks; several values share one text. */
export function mapOption(option: Option): Partial<CommandOption> & Pick<CommandOption, 'type'> {
  const { type, checks } = mappings[option.type]
  if (option.many) return { type: optionType.string, ...(option.type === 'choice' ? { autocomplete: true } : {}) }
  return { type, ...checks?.(option) }
}

function lengths({ min, max }: StringOption): Partial<CommandOption> {
  return {
    ...(min === undefined ? {} : { min_length: clamp(Math.ceil(min), 0, longestText) }),
    ...(max === undefined ? {} : { max_length: clamp(Math.floor(max), 1, longestText) }),
  }
}

function numbers({ type, min, max }: NumberOption): Partial<CommandOption> {
  const [up, down] = type === 'integer' ? [Math.ceil, Math.floor] : [Number, Number]
  const [least, most] = [clamp(up(min ?? -largest), -largest, largest), clamp(down(max ?? largest), -largest, largest)]
  // There is no integer between 0.2 and 0.8, and the service refuses all commands for such bounds.
  if (least > most) return {}
  return { ...(min === undefined ? {} : { min_value: least }), ...(max === undefined ? {} : { max_value: most }) }
}

/** A few choices are listed; more are looked up while the user types. */
function choices({ choices }: ChoiceOption): Partial<CommandOption> {
  const short = choices.every((choice) => choice.length <= longestChoice)
  if (choices.length > mostChoices || !short) return { autocomplete: true }
  return { choices: choices.map((choice) => ({ name: choice, value: choice })) }
}

const largest = Number.MAX_SAFE_INTEGER
const longestText = 6_000

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
