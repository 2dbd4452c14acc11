import { quoteWord } from '../../../parsing/format-line.js'
import { tokenize, type Word } from '../../../parsing/tokenize.js'
import { type GivenOption, type InteractionData, optionType, type Resolved } from '../wire.js'

/** A chosen command and its options. */
export interface InteractionOptions {
  /** The command's words: `deploy status`. */
  readonly path: string
  readonly given: readonly GivenOption[]
}

/** Separates the command's words from its options. */
export function readInteractionOptions({ name, options = [] }: InteractionData): InteractionOptions {
  let path = String(name ?? '')
  let given = options
  for (let [first] = given; first && isFolder(first); [first] = given) {
    path += ` ${first.name}`
    given = first.options ?? []
  }
  return { path, given }
}

/** Formats the choice as a line that would be parsed to exactly this. */
export function interactionToLine(
  { path, given }: InteractionOptions,
  resolved: Resolved,
  isList: (option: string) => boolean,
): string {
  const words = given.flatMap((one) => {
    const name = String(one.name ?? '')
    const value = textOf(one, resolved)
    return (isList(name) ? splitList(value).map((word) => word.text) : [value]).map((each) =>
      writeOption(name, one.type, each),
    )
  })
  return [`/${path}`, ...words].join(' ')
}

/** Splits the single field of an option with several values, as in a typed line. */
export function splitList(text: string): readonly Word[] {
  const before = '/x ' // the first word of a line is parsed differently
  const words = tokenize(before + text).slice(1)
  return words.map((word) => ({ ...word, start: word.start - before.length, end: word.end - before.length }))
}

function isFolder({ type }: GivenOption): boolean {
  return type === optionType.subcommand || type === optionType.group
}

/** Users and channels are written as mentions with their names. */
function textOf({ type, value }: GivenOption, { channels = {} }: Resolved): string {
  const text = String(value ?? '')
  if (type === optionType.user) return `<@${text}>`
  if (type !== optionType.channel) return text
  const shown = channels[text]?.name
  return typeof shown === 'string' ? `<#${text}|${shown.replace(/[<>|]/g, '').slice(0, 100)}>` : `<#${text}>`
}

function writeOption(name: string, type: unknown, value: string): string {
  if (type === optionType.boolean) return value === 'true' ? `--${name}` : `--${name}=false`
  return `--${name} ${quoteWord(value)}`
}
