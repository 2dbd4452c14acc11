import type { Invocation } from '../model/invocation.js'
import type { Option, RoomReference, UserReference } from '../model/option.js'
import type { Candidate } from './did-you-mean.js'
import { nearest } from './did-you-mean.js'
import { formatDuration, parseDuration } from './duration.js'
import { quoteInput } from './quote-input.js'

/** What one word became, or what is wrong with it. */
export type Converted = { readonly value: unknown } | { readonly fault: string }

/** What `convert` must know of an option. */
export interface OptionSpec {
  readonly label: string
  readonly option: Option
  readonly whole?: RegExp | undefined
  readonly choices: readonly Candidate[]
}

/** Reads one word as the option's type, and holds it against the option's bounds. */
export function coerce(kind: OptionSpec, text: string, invocation?: Invocation): Converted {
  const { option } = kind
  switch (option.type) {
    case 'string':
      return toText(kind, text)
    case 'number':
    case 'integer':
      return toNumber(kind, text)
    case 'boolean':
      return toBoolean(kind, text)
    case 'choice':
      return toChoice(kind, option.choices, text)
    case 'duration':
      return toDuration(kind, text)
    case 'user':
      return toUser(kind, text, invocation)
    case 'room':
      return toRoom(kind, text, invocation)
  }
}

function toText({ label, option, whole }: OptionSpec, text: string): Converted {
  if (whole && !whole.test(text))
    return {
      fault: `${label} cannot be ${quoteInput(text)}: it must match ${option.type === 'string' ? option.pattern?.source : ''}.`,
    }
  const length = [...text].length
  const bounds = outside(option, length, (bound) => `${bound}`)
  return bounds ? { fault: `${label} must have ${bounds} characters, not ${length}.` } : { value: text }
}

function toNumber({ label, option }: OptionSpec, text: string): Converted {
  const plain = text.length > 40 ? '' : text.normalize('NFKC').trim().replace('−', '-')
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : Number.NaN
  if (!Number.isFinite(value)) return { fault: `${label} must be a number, not ${quoteInput(text)}.` }
  if (option.type === 'integer' && !Number.isSafeInteger(value)) {
    return { fault: `${label} must be a whole number, not ${quoteInput(text)}.` }
  }
  const bounds = outside(option, value, (bound) => `${bound}`)
  return bounds ? { fault: `${label} must be ${bounds}, not ${quoteInput(text)}.` } : { value }
}

const yes = new Set(['true', 'yes', 'y', 'on', '1'])
const no = new Set(['false', 'no', 'n', 'off', '0'])

function toBoolean({ label }: OptionSpec, text: string): Converted {
  const word = text.toLowerCase()
  if (yes.has(word)) return { value: true }
  return no.has(word) ? { value: false } : { fault: `${label} must be yes or no, not ${quoteInput(text)}.` }
}

function toChoice({ label, choices: candidates }: OptionSpec, choices: readonly string[], text: string): Converted {
  const word = text.toLowerCase()
  const value = choices.includes(text) ? text : choices.find((choice) => choice.toLowerCase() === word)
  if (value !== undefined) return { value }
  const near = nearest(text, candidates)
  const meant = near === undefined ? undefined : choices.find((choice) => choice.toLowerCase() === near)
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return { fault: `${label} must be ${oneOf(choices)}, not ${quoteInput(text)}.${hint}` }
}

function oneOf(choices: readonly string[]): string {
  const shown = choices.length > 12 ? [...choices.slice(0, 12), '…'] : choices
  return shown.length === 1 ? `${shown[0]}` : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`
}

function toDuration({ label, option }: OptionSpec, text: string): Converted {
  const value = parseDuration(text)
  if (value === undefined)
    return { fault: `${label} must be a length of time such as 90s, 5m or 1h30m, not ${quoteInput(text)}.` }
  const bounds = outside(option, value, formatDuration)
  return bounds ? { fault: `${label} must be ${bounds}, not ${quoteInput(text)}.` } : { value }
}

/** Says in words which bound `size` breaks. */
function outside(option: Option, size: number, show: (bound: number) => string): string | undefined {
  if (!('min' in option) && !('max' in option)) return undefined
  const { min, max } = option as { readonly min?: number; readonly max?: number }
  if ((min === undefined || size >= min) && (max === undefined || size <= max)) return undefined
  if (min !== undefined && max !== undefined)
    return min === max ? `exactly ${show(min)}` : `${show(min)} to ${show(max)}`
  return min !== undefined ? `at least ${show(min)}` : `at most ${show(max ?? 0)}`
}

/** `@mention`, a name, Slack's `<@U1|name>`, Discord's `<@1>` and `<@!1>`. */
function toUser({ label }: OptionSpec, text: string, invocation?: Invocation): Converted {
  const [, id, shown] = /^<@!?([^|>\s]{1,100})(?:\|([^>]{0,200}))?>$/.exec(text) ?? []
  const name = (shown || text.replace(/^[@＠]/, '')).trim()
  if (name === '' || text.length > 200)
    return { fault: `${label} must be a person, such as @alice, not ${quoteInput(text)}.` }
  const lower = name.toLowerCase()
  const known = id
    ? invocation?.mentions.find((user) => user.id === id)
    : (invocation?.mentions.find((user) => user.mention?.toLowerCase() === lower) ??
      invocation?.mentions.find((user) => user.name.toLowerCase() === lower))
  if (known) return { value: person(known.id, known.name, known.mention) }
  return { value: id ? person(id, shown || id) : { name } }
}

function person(id: string, name: string, mention?: string): UserReference {
  return { id, name, ...(mention === undefined ? {} : { mention }) }
}

/** `#name`, a name, an id, Slack's `<#C1|name>`, Discord's `<#1>`. */
function toRoom({ label }: OptionSpec, text: string, invocation?: Invocation): Converted {
  const [, id, shown] = /^<#([^|>\s]{1,100})(?:\|([^>]{0,200}))?>$/.exec(text) ?? []
  const name = (shown || id || text.replace(/^[#＃]/, '')).trim()
  if (name === '' || text.length > 200)
    return { fault: `${label} must be a room, such as #general, not ${quoteInput(text)}.` }
  const here = invocation?.room
  const known = here && (here.id === (id ?? name) || (!id && here.name.toLowerCase() === name.toLowerCase()))
  const value: RoomReference = known
    ? { id: here.id, name: here.name }
    : { ...(id || /^\d+$/.test(name) ? { id: id ?? name } : {}), name }
  return { value }
}
