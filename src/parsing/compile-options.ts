import type yargs from 'yargs-parser'
import { ConfigError } from '../model/errors.js'
import type { Option, Options } from '../model/option.js'
import { isRecord } from '../shared/json.js'
import { kebab } from '../shared/kebab.js'
import { createFaultList, type FaultList } from './error-collector.js'
import type { OptionType, ValueReader } from './option-types/option-type.js'
import { optionTypes } from './option-types/table.js'
import { optionFaults, rangeOf } from './validate-option.js'

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

/** Prepares a command's options, or throws ConfigError naming all that is wrong with them. */
export function compileOptions(options: Options = {}): CompiledOptions {
  if (!isRecord(options)) throw new ConfigError('options must be an object of options by name')
  const faults = createFaultList()
  const prepared = Object.entries(options).flatMap(
    ([name, option], index) => faults.attempt(() => compileOption(name, option, index)) ?? [],
  )
  const positionals = prepared.filter(({ option }) => option.positional || option.rest)
  orderFaults(positionals).forEach(faults.add)
  const byName = namesOf(prepared, faults)
  const error = faults.error()
  if (error) throw error
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

function compileOption(name: string, option: Option, index: number): CompiledOption {
  const faults = optionFaults(name, option)
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `option ${name}: ${fault}`).join('; '))
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
function orderFaults(positionals: readonly CompiledOption[]): readonly string[] {
  return [...greedyFaults(positionals), ...lateFaults(positionals)]
}

function greedyFaults(positionals: readonly CompiledOption[]): readonly string[] {
  const greedy = positionals.filter(({ option, many }) => option.rest || many)
  if (greedy.length > 1) {
    return [`options ${greedy.map(({ name }) => name).join(' and ')}: only one can take what is left`]
  }
  if (!greedy[0] || greedy[0] === positionals.at(-1)) return []
  return [`option ${greedy[0].name}: a \`rest\` option must be the last positional`]
}

function lateFaults(positionals: readonly CompiledOption[]): readonly string[] {
  const optional = positionals.findIndex(({ option }) => !option.required)
  const late = positionals.filter(({ option }, index) => optional >= 0 && index > optional && option.required)
  return late.map(({ name }) => `option ${name}: it is required, so it must come before optional positionals`)
}

function namesOf(prepared: readonly CompiledOption[], faults: FaultList): ReadonlyMap<string, CompiledOption> {
  const byName = new Map<string, CompiledOption>()
  for (const one of prepared) {
    const names = [one.name, kebab(one.name), one.option.alias ?? one.name].map((name) => name.toLowerCase())
    for (const name of new Set(names)) {
      const other = byName.get(name)
      if (other) faults.add(`options ${other.name} and ${one.name} would both be called ${name}`)
      else byName.set(name, one)
    }
  }
  return byName
}
