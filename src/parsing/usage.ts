import type { CompiledOption, CompiledOptions } from './compile-options.js'
import { formatDuration } from './duration.js'

/** The right form of a command in one line: `/deploy status [service] [--env staging|prod]`. */
export function usageLine(name: string, compiledOptions: CompiledOptions): string {
  const named = compiledOptions.options.filter((one) => !compiledOptions.positionals.includes(one))
  const inOrder = [...compiledOptions.positionals.map(place), ...named.map(flag)]
  return [`/${name}`, ...inOrder].join(' ')
}

/** The options of a command, one line each. */
export function optionTable(compiledOptions: CompiledOptions): readonly string[] {
  const rows = compiledOptions.options.map((one) => [heading(one, compiledOptions), remarks(one)] as const)
  const width = Math.min(32, Math.max(0, ...rows.map(([head]) => head.length)))
  return rows.map(([head, text]) => `${head.padEnd(width)}  ${text}`.trimEnd())
}

function place(one: CompiledOption): string {
  const { option, label, many } = one
  const inner = shortChoices(one) ?? label
  const shown = option.rest || many ? `${inner}…` : inner
  return option.required ? `<${shown}>` : `[${shown}]`
}

function flag(one: CompiledOption): string {
  const { option, label, many } = one
  const shown = `${label}${option.type === 'boolean' ? '' : ` ${placeholder(one)}`}`
  const again = many ? `${shown} …` : shown
  return option.required ? again : `[${again}]`
}

function placeholder(one: CompiledOption): string {
  return shortChoices(one) ?? `<${one.option.type === 'string' ? 'text' : one.option.type}>`
}

function shortChoices({ option }: CompiledOption): string | undefined {
  const all = option.type === 'choice' ? option.choices.join('|') : ''
  return all !== '' && all.length <= 40 && !all.includes(' ') ? all : undefined
}

function heading(one: CompiledOption, compiledOptions: CompiledOptions): string {
  const { option, label } = one
  const alias = option.alias === undefined ? '' : `, ${option.alias.length === 1 ? '-' : '--'}${option.alias}`
  if (compiledOptions.positionals.includes(one)) return label
  return `${label}${alias}${option.type === 'boolean' ? '' : ` ${placeholder(one)}`}`
}

function remarks({ option, many }: CompiledOption): string {
  const notes: string[] = []
  if (option.type === 'choice') notes.push(option.choices.join(', '))
  if (option.type !== 'choice' && option.type !== 'string' && option.type !== 'boolean') notes.push(option.type)
  if (option.required) notes.push('required')
  if (many) notes.push('may be given more than once')
  if (option.default !== undefined) notes.push(`default ${defaultOf(option.type, option.default)}`)
  return [option.summary, notes.length > 0 ? `(${notes.join('; ')})` : undefined].filter(Boolean).join(' ')
}

function defaultOf(type: string, value: unknown): string {
  const shown = (one: unknown) => (type === 'duration' ? formatDuration(Number(one)) : String(one))
  return Array.isArray(value) ? value.map(shown).join(', ') : shown(value)
}
