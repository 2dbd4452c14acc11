import type yargs from 'yargs-parser'
import { ConfigError } from '../model/errors.js'
import type { Option, Options } from '../model/option.js'
import { isRecord } from '../shared/json.js'
import { kebab } from '../shared/kebab.js'
import { ownOnly } from '../shared/own-properties.js'
import { unknownKey } from './did-you-mean.js'
import type { OptionType, Range, ValueReader } from './option-types/option-type.js'
import { optionTypes } from './option-types/table.js'

/** One option, with all that can be known of it before a line is typed. */
export interface CompiledOption extends ValueReader {
  readonly name: string
  readonly option: Option
  readonly type: OptionType
  /** What it is called in a sentence: `--env`, or `service` where it is given by its place. */
  readonly label: string
  readonly many: boolean
  /** Its key in what yargs-parser returns: what people type never becomes a key. */
  readonly key: string
  /** The key under which a boolean stands that was given without a value. */
  readonly flag: string
  /** What `run` gets where it is not given. */
  readonly defaults: readonly unknown[]
}

/** A command's options, prepared once so that a line costs only its own length. */
export interface CompiledOptions {
  readonly options: readonly CompiledOption[]
  readonly positionals: readonly CompiledOption[]
  /** Every name and alias in lower case. */
  readonly byName: ReadonlyMap<string, CompiledOption>
  readonly names: readonly string[]
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
  if (!isRecord(options)) throw new ConfigError('options must be an object of options by name')
  const prepared = Object.entries(options).map(([name, option], index) => compileOption(name, option, index))
  const positionals = prepared.filter(({ option }) => option.positional || option.rest)
  checkOrder(positionals)
  const byName = namesOf(prepared)
  const flags = prepared.filter(({ option }) => option.type === 'boolean').map(({ flag }) => flag)
  return {
    options: prepared,
    positionals,
    byName,
    names: [...byName.keys()].filter((name) => name.length > 1),
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

const common = 'type summary alias positional rest required many default ask schema'.split(' ')
const special = new Set(Object.values(optionTypes).flatMap(({ parts }) => Object.keys(parts)))

function compileOption(name: string, option: Option, index: number): CompiledOption {
  const error = errorIn(name, option)
  if (error) throw new ConfigError(`option ${name}: ${error}`)
  const type = optionTypes[option.type]
  const reader = type.compile(option, rangeOf(option))
  return {
    name,
    option,
    type,
    label: option.positional || option.rest ? kebab(name) : `--${kebab(name)}`,
    many: option.many === true,
    key: `o${index}`,
    flag: `f${index}`,
    defaults: defaultsOf(name, option, reader),
    ...reader,
  }
}

function errorIn(name: string, option: Option): string | undefined {
  if (!/^[a-z][\w-]*$/i.test(name)) return 'a name begins with a letter, and has letters, digits, - and _ only'
  if (typeof option !== 'object' || option === null) return 'it must be an object with a type'
  if (!Object.hasOwn(optionTypes, option.type))
    return `type ${JSON.stringify(option.type)} is not one of ${Object.keys(optionTypes).join(', ')}`
  if (option.alias !== undefined && !/^[a-z][\w-]*$/i.test(String(option.alias)))
    return 'its alias must be a letter or a name'
  const error = partError(option)
  if (error) return error
  if (option.required && option.default !== undefined) return 'it is required, so its default would never be used'
  if (option.ask && !option.required) return 'ask is for what is required: it is asked for where it is missing'
  if (option.schema !== undefined && typeof option.schema['~standard']?.validate !== 'function') {
    return 'schema must be a Standard Schema'
  }
  return unknownKey(Object.keys(option), [...common, ...special])
}

/** What is wrong with the parts that some types have and others have not. */
function partError(option: Option): string | undefined {
  const given: Readonly<Record<string, unknown>> = ownOnly({ ...option })
  const parts = ownOnly(optionTypes[option.type].parts)
  for (const part of special) {
    const known = parts[part]
    if (given[part] === undefined && !(known && Object.hasOwn(known, 'required'))) continue
    if (!known) return `type ${option.type} has no ${part}`
    if (known.read(given[part]) === undefined) return `${part} must be ${known.mustBe}`
  }
  const { min = -Infinity, max = Infinity } = rangeOf(option)
  return min > max ? 'min is more than max' : undefined
}

function rangeOf(option: Option): Range {
  const given: Readonly<Record<string, unknown>> = ownOnly({ ...option })
  const parts = ownOnly(optionTypes[option.type].parts)
  const [min, max] = ['min', 'max'].map((part) => parts[part]?.read(given[part]))
  return { ...(typeof min === 'number' ? { min } : {}), ...(typeof max === 'number' ? { max } : {}) }
}

/** What stands for an option that is not given, as `run` gets it. */
function defaultsOf(name: string, option: Option, { read }: ValueReader): readonly unknown[] {
  const { default: given, many, type } = option
  if (given === undefined) return []
  if (Array.isArray(given) && !many) throw new ConfigError(`option ${name}: its default is a list, and it is not many`)
  return [given].flat().map((value: unknown) => {
    const text = optionTypes[type].write(value)
    if (text === undefined) throw new ConfigError(`option ${name}: its default is not of type ${type}`)
    const result = read(text)
    if ('error' in result) throw new ConfigError(`option ${name}: its default ${result.error}`)
    return result.value
  })
}

/** What comes by its place comes in order: required first, then optional, then what takes all that is left. */
function checkOrder(positionals: readonly CompiledOption[]): void {
  const greedy = positionals.filter(({ option, many }) => option.rest || many)
  if (greedy.length > 1) {
    throw new ConfigError(`options ${greedy.map(({ name }) => name).join(' and ')}: only one can take what is left`)
  }
  if (greedy[0] && greedy[0] !== positionals.at(-1)) {
    throw new ConfigError(`option ${greedy[0].name}: a \`rest\` option must be the last positional`)
  }
  const optional = positionals.findIndex(({ option }) => !option.required)
  const late = optional < 0 ? undefined : positionals.slice(optional).find(({ option }) => option.required)
  if (late) throw new ConfigError(`option ${late.name}: it is required, so it must come before optional positionals`)
}

function namesOf(prepared: readonly CompiledOption[]): ReadonlyMap<string, CompiledOption> {
  const byName = new Map<string, CompiledOption>()
  for (const one of prepared) {
    const names = [one.name, kebab(one.name), one.option.alias ?? one.name].map((name) => name.toLowerCase())
    for (const name of new Set(names)) {
      const other = byName.get(name)
      if (other) throw new ConfigError(`options ${other.name} and ${one.name} would both be called ${name}`)
      byName.set(name, one)
    }
  }
  return byName
}
