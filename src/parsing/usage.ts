import type { Option } from '../model/option.js'
import { kebab } from '../shared/kebab.js'
import type { CompiledOption, CompiledOptions } from './compile-options.js'
import { optionTypes } from './option-types/table.js'

/** A command's usage in one line: `/deploy status [service] [--env staging|prod]`. */
export function usageLine(name: string, { options, positionals }: CompiledOptions): string {
  const inOrder = [...positionals, ...options.filter((one) => !positionals.includes(one))]
  return [`/${name}`, ...inOrder.map((one) => optionUsage(one.name, one.option))].join(' ')
}

/** An option's usage: `<service>`, `[--env staging|prod]`. */
export function optionUsage(name: string, option: Option): string {
  const { positional, rest, required, many } = option
  if (!positional && !rest) {
    const shown = `--${kebab(name)}${placeholder(option)}${many ? ' …' : ''}`
    return required ? shown : `[${shown}]`
  }
  const shown = `${listed(option) ?? kebab(name)}${rest || many ? '…' : ''}`
  return required ? `<${shown}>` : `[${shown}]`
}

/** The options of a command, one line each. */
export function optionTable({ options }: CompiledOptions): readonly string[] {
  const rows = options.map((one) => [heading(one), remarks(one)] as const)
  const width = Math.min(32, Math.max(0, ...rows.map(([head]) => head.length)))
  return rows.map(([head, text]) => `${head.padEnd(width)}  ${text}`.trimEnd())
}

/** What follows an option's name in usage; empty for a boolean. */
function placeholder(option: Option): string {
  if (option.type === 'boolean') return ''
  return ` ${listed(option) ?? `<${optionTypes[option.type].placeholder ?? option.type}>`}`
}

/** Choices instead of a placeholder, if they are few and short. */
function listed(option: Option): string | undefined {
  const all = option.type === 'choice' ? option.choices.join('|') : ''
  return all !== '' && all.length <= 40 && !all.includes(' ') ? all : undefined
}

function heading({ option, label }: CompiledOption): string {
  if (option.positional || option.rest) return label
  const alias = option.alias === undefined ? '' : `, ${option.alias.length === 1 ? '-' : '--'}${option.alias}`
  return `${label}${alias}${placeholder(option)}`
}

function remarks({ option, type, bounds, defaults, many }: CompiledOption): string {
  const notes = [type.form, ...bounds, option.required && 'required', many && 'may be given more than once']
  if (defaults.length > 0) notes.push(`default ${defaults.map(type.write).join(', ')}`)
  const told = notes.filter(Boolean).join('; ')
  return [option.summary, told && `(${told})`].filter(Boolean).join(' ')
}
