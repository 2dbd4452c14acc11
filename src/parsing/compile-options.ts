import type yargs from 'yargs-parser'
import { ConfigError } from '../model/errors.js'
import type { DurationOption, Option, Options } from '../model/option.js'
import { kebab } from '../shared/kebab.js'
import { coerce } from './coerce.js'
import { type Candidate, candidate, unknownKey } from './did-you-mean.js'
import { parseDuration } from './duration.js'

/** One option, with all that can be known of it before a line is typed. */
export interface CompiledOption {
  readonly name: string
  readonly option: Option
  /** What it is called in a sentence: `--env`, or `service` where it is given by its place. */
  readonly label: string
  readonly many: boolean
  /** Its key in what yargs-parser gives back: what people type never becomes a key. */
  readonly key: string
  /** The key under which a boolean stands that was given without a value. */
  readonly flag: string
  /** `pattern`, anchored. */
  readonly whole?: RegExp
  readonly choices: readonly Candidate[]
}

/** A command's options, prepared once so that a line costs only its own length. */
export interface CompiledOptions {
  readonly options: readonly CompiledOption[]
  readonly positionals: readonly CompiledOption[]
  /** Every name and alias in lower case. */
  readonly byName: ReadonlyMap<string, CompiledOption>
  readonly names: readonly Candidate[]
  readonly settings: yargs.Options
  /** True where an author's own check is asked, which may take its time. */
  readonly hasSchema: boolean
  /** Lines that came before, by their shape. */
  readonly shapes: Map<string, MatchedTokens>
}

/** How words are matched, whatever stands in them. */
export interface MatchedTokens {
  readonly given: readonly (readonly [CompiledOption, readonly unknown[]])[]
  readonly positions: readonly number[]
  readonly unknown: readonly number[]
}

/** Prepares a command's options, or throws ConfigError naming what is wrong with them. */
export function compileOptions(options: Options = {}): CompiledOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError('options must be an object of options by name')
  }
  const prepared = Object.entries(options).map(([name, option], index) => prepareOption(name, option, index))
  const positionals = prepared.filter(({ option }) => option.positional || option.rest)
  checkOrder(positionals)
  const byName = namesOf(prepared)
  const flags = prepared.filter(({ option }) => option.type === 'boolean').map(({ flag }) => flag)
  return {
    options: prepared,
    positionals,
    byName,
    names: [...byName.keys()].filter((name) => name.length > 1).map(candidate),
    settings: { boolean: flags, configuration },
    hasSchema: prepared.some(({ option }) => option.schema !== undefined),
    shapes: new Map(),
  }
}

/** Everything of yargs-parser's that would read more into a word than was typed is off. */
const configuration: Partial<yargs.Configuration> = {
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
  'greedy-arrays': false,
}

const types = ['string', 'number', 'integer', 'boolean', 'choice', 'duration', 'user', 'room']

const known = `type summary alias positional rest required many default ask schema min max pattern choices`.split(' ')

function prepareOption(name: string, given: Option, index: number): CompiledOption {
  const option = given?.type === 'duration' ? inMilliseconds(given) : given
  const fault = faultOf(name, option)
  if (fault) throw new ConfigError(`option ${name}: ${fault}`)
  const prepared: CompiledOption = {
    name,
    option,
    label: option.positional || option.rest ? kebab(name) : `--${kebab(name)}`,
    many: option.many === true,
    key: `o${index}`,
    flag: `f${index}`,
    choices: option.type === 'choice' ? option.choices.map((choice) => candidate(choice.toLowerCase())) : [],
    ...(option.type === 'string' && option.pattern ? { whole: anchored(option.pattern) } : {}),
  }
  checkDefault(prepared)
  return prepared
}

function faultOf(name: string, option: Option): string | undefined {
  if (!/^[a-z][\w-]*$/i.test(name)) return 'a name begins with a letter, and has letters, digits, - and _ only'
  if (typeof option !== 'object' || option === null) return 'it must be an object with a type'
  if (!types.includes(option.type)) return `type ${JSON.stringify(option.type)} is none of ${types.join(', ')}`
  if (option.alias !== undefined && !/^[a-z][\w-]*$/i.test(String(option.alias)))
    return 'its alias must be a letter or a name'
  if (option.type === 'choice' && !isChoices(option.choices)) return 'choices must be a list of different texts'
  if ('pattern' in option && option.pattern !== undefined && !(option.pattern instanceof RegExp)) {
    return 'pattern must be a regular expression'
  }
  for (const bound of ['min', 'max'] as const) {
    const value = bound in option ? option[bound as keyof Option] : undefined
    if (value !== undefined && !Number.isFinite(value))
      return `${bound} must be ${option.type === 'duration' ? 'milliseconds, or a text such as 5m' : 'a number'}`
  }
  if ('min' in option && option.min !== undefined && option.max !== undefined && !(option.min <= option.max)) {
    return 'min is more than max'
  }
  if (option.required && option.default !== undefined) return 'it is required, so its default would never be used'
  if (option.ask && !option.required) return 'ask is for what is required: it is asked for where it is missing'
  if (option.schema !== undefined && typeof option.schema['~standard']?.validate !== 'function') {
    return 'schema is no Standard Schema'
  }
  return unknownKey(Object.keys(option), known)
}

/** A length of time may be written as people write it: `5m`. What is none is left, to be found wrong. */
function inMilliseconds(option: DurationOption): DurationOption {
  const read = (value: unknown) => (typeof value === 'string' ? (parseDuration(value) ?? value) : value)
  const given = Object.entries(option).filter(([part]) => ['min', 'max', 'default'].includes(part))
  return {
    ...option,
    ...Object.fromEntries(given.map(([part, value]) => [part, Array.isArray(value) ? value.map(read) : read(value)])),
  }
}

function isChoices(choices: unknown): boolean {
  if (!Array.isArray(choices) || choices.length === 0) return false
  const lower = choices.map((choice) =>
    typeof choice === 'string' && choice !== '' ? choice.toLowerCase() : undefined,
  )
  return !lower.includes(undefined) && new Set(lower).size === lower.length
}

function anchored(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gym]/g, ''))
}

function checkDefault({ name, option, many, whole, choices }: CompiledOption): void {
  if (option.default === undefined) return
  const values: readonly unknown[] = Array.isArray(option.default) ? option.default : [option.default]
  if (Array.isArray(option.default) && !many)
    throw new ConfigError(`option ${name}: its default is a list, and it is not many`)
  for (const value of values) {
    const typed = typeof value === 'number' && option.type === 'duration' ? `${value}ms` : String(value)
    const right =
      option.type === 'number' || option.type === 'integer' || option.type === 'duration' ? 'number' : option.type
    const fits = typeof value === (right === 'choice' ? 'string' : right)
    const converted = fits ? coerce({ label: 'its default', option, whole, choices }, typed) : undefined
    if (!converted) throw new ConfigError(`option ${name}: its default is no ${option.type}`)
    if ('fault' in converted) throw new ConfigError(`option ${name}: ${converted.fault}`)
    if (option.type === 'choice' && converted.value !== value) {
      throw new ConfigError(`option ${name}: its default is not written as among its choices`)
    }
  }
}

/** What comes by its place comes in order: required first, then optional, then what takes all that is left. */
function checkOrder(positionals: readonly CompiledOption[]): void {
  const greedy = positionals.filter(({ option, many }) => option.rest || many)
  if (greedy.length > 1) {
    throw new ConfigError(`options ${greedy.map(({ name }) => name).join(' and ')}: only one can take what is left`)
  }
  if (greedy[0] && greedy[0] !== positionals.at(-1)) {
    throw new ConfigError(`option ${greedy[0].name}: what takes what is left must be the last positional`)
  }
  const optional = positionals.findIndex(({ option }) => !option.required)
  const late = optional < 0 ? undefined : positionals.slice(optional).find(({ option }) => option.required)
  if (late) throw new ConfigError(`option ${late.name}: it is required, so it must come before optional positionals`)
}

function namesOf(prepared: readonly CompiledOption[]): ReadonlyMap<string, CompiledOption> {
  const byName = new Map<string, CompiledOption>()
  for (const one of prepared) {
    const { alias } = one.option
    for (const name of new Set(
      [one.name, kebab(one.name), ...(alias === undefined ? [] : [alias])].map((n) => n.toLowerCase()),
    )) {
      const other = byName.get(name)
      if (other) throw new ConfigError(`options ${other.name} and ${one.name} would both be called ${name}`)
      byName.set(name, one)
    }
  }
  return byName
}
