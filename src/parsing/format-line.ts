import { ConfigError } from '../model/errors.js'
import { kebab } from '../shared/kebab.js'
import type { CompiledOptions } from './compile-options.js'

/** Formats a command and its options as a line that would be parsed to exactly these. */
export function formatLine(name: string, options: object, compiledOptions: CompiledOptions): string {
  const words = Object.entries(options).flatMap(([option, value]: [string, unknown]) => {
    const one = compiledOptions.options.find((known) => known.name === option)
    if (!one) throw new ConfigError(`schedule: unknown option ${JSON.stringify(option)}`)
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const texts = list.filter((each) => each !== undefined).map((each) => one.type.write(each) ?? String(each))
    return texts.map((text) => `--${kebab(option)}=${quoteWord(text)}`)
  })
  return [`/${name}`, ...words].join(' ')
}

/** Quotes a word that could otherwise be misread. */
export function quoteWord(value: string): string {
  if (/^(?:-?\d[\d.]*|[\p{L}\p{N}/<][\p{L}\p{N}_./@#!|<>+-]*)$/u.test(value)) return value
  return `"${value.replace(/["'“”„‟＂‘’‚‛＇«»\\]/g, '\\$&')}"`
}
