import type yargs from 'yargs-parser'
import { ConfigError } from '../model/errors.js'
import type { Option, Options } from '../model/option.js'
import { isRecord } from '../shared/json.js'
import { kebab } from '../shared/kebab.js'
import { createFaultList, type FaultList } from './error-collector.js'
import type { OptionType, ValueReader } from './option-types/option-type.js'
import { optionTypes } from './option-types/table.js'
import { optionFaults, rangeOf } from './validate-option.js'

/** One option, prepared as far as possible before a line is typed. */
export interface CompiledOption extends ValueReader {
  readonly name: string
  readonly option: Option
  readonly type: OptionType
  /** Its name in messages: `--env`, or `service` for a positional. */
  readonly label: string
  readonly many: boolean
  /** Its key in the result of yargs-parser, so that nothing people type becomes a key. */
  readonly key: string
  /** The key of a boolean that was given without a value. */
  readonly flag: string
  /** What `run` gets if it is not given. */
  readonly defaults: readonly unknown[]
}

/** A command's options, prepared once, so that the cost of a line depends only on its length. */
export interface CompiledOptions {
  readonly options: readonly CompiledOption[]
  readonly positionals: readonly CompiledOption[]
  /** All names and aliases in lower case. */
  readonly byName: ReadonlyMap<string, CompiledOption>
  readonly names: readonly string[]
  readonly settings: yargs.Options
  /** True if the author's own schema is used, which may take time. */
  readonly hasSchema: boolean
  /** Match results of earlier lines, by their shape. */
  readonly shapes: Map<string, MatchedTokens>
}

/** How the words of a line were matched, regardless of their contents. */
export interface MatchedTokens {
  readonly given: readonly (readonly [CompiledOption, readonly unknown[]])[]
  readonly positions: readonly number[]
  readonly unknown: readonly number[]
}

/** Prepares a command's options. Throws ConfigError, which names all mistakes. */
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

/** Turns off everything in yargs-parser that interprets words. */
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

/** The default as `run` gets it. */
function defaultsOf(name: string, option: Option, { read }: ValueReader): readonly unknown[] {
  const { default: given, many, type } = option
  if (given === undefined) return []
  if (Array.isArray(given) && !many)
    throw new ConfigError(`option ${name}: its default is a list, but many is not true`)
  return [given].flat().map((value: unknown) => {
    const text = optionTypes[type].write(value)
    if (text === undefined) throw new ConfigError(`option ${name}: its default is not of type ${type}`)
    const result = read(text)
    if ('error' in result) throw new ConfigError(`option ${name}: its default ${result.error}`)
    return result.value
  })
}

/** Positionals must be in order: required ones, then optional ones, then the rest. */
function orderFaults(positionals: readonly CompiledOption[]): readonly string[] {
  return [...greedyFaults(positionals), ...lateFaults(positionals)]
}

function greedyFaults(positionals: readonly CompiledOption[]): readonly string[] {
  const greedy = positionals.filter(({ option, many }) => option.rest || many)
  if (greedy.length > 1) {
    return [`options ${greedy.map(({ name }) => name).join(' and ')}: only one can take the rest of the line`]
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
