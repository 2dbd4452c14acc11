import type { Invocation } from '../model/invocation.js'
import type { SchemaResult } from '../model/option.js'
import { type BoundOptions, bindOptions, type ParseError } from './bind-options.js'
import type { CompiledOption, CompiledOptions } from './compile-options.js'
import type { Word } from './tokenize.js'

/** The options' values, or everything that is wrong with them. */
export type ParseResult =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly errors: readonly ParseError[] }

/** Option texts given in answer to a question. */
export type AnswerTexts = Readonly<Record<string, readonly string[]>>

/**
 * Parses the words after a command's name as its options. `line` is what the words come from; `answers` has texts for
 * options that the line leaves out.
 */
export async function parse(
  compiledOptions: CompiledOptions,
  line: string,
  words: readonly Word[],
  invocation?: Invocation,
  answers: AnswerTexts = {},
): Promise<ParseResult> {
  const given = words.length > 0 ? bindOptions(compiledOptions, line, words) : nothingGiven
  const errors: ParseError[] = [...given.errors]
  const values: Record<string, unknown> = Object.create(null) // without inherited properties
  for (const one of compiledOptions.options) {
    const texts = given.texts.get(one) ?? (Object.hasOwn(answers, one.name) ? answers[one.name] : undefined)
    const read = readOption(one, texts, invocation)
    const outcome = one.option.schema && 'values' in read ? await bySchema(one, read.values) : read
    if ('error' in outcome) errors.push(outcome.error)
    else if (one.many) values[one.name] = outcome.values
    else if (outcome.values[0] !== undefined) values[one.name] = outcome.values[0]
  }
  return errors.length > 0 ? { errors } : { values }
}

const nothingGiven: BoundOptions = { texts: new Map(), errors: [] }

/** The value of one option: a list if it is `many`. */
type Outcome = { readonly values: readonly unknown[] } | { readonly error: ParseError }

/** Converts the strings given for an option; its schema is applied later. */
export function readOption(
  one: CompiledOption,
  texts: readonly (string | undefined)[] = [],
  invocation?: Invocation,
): Outcome {
  const { option, name, label, many, defaults } = one
  if (texts.length === 0) {
    if (option.required) return { error: { kind: 'missing', option: name, message: `${label} is missing.` } }
    return { values: defaults }
  }
  if (texts.length > 1 && !many && option.type !== 'boolean') {
    return { error: { kind: 'twice', option: name, message: `${label} was given more than once.` } }
  }
  const values: unknown[] = []
  for (const text of many ? texts : texts.slice(-1)) {
    const result = text === undefined ? { error: 'needs a value.' } : one.read(text, invocation)
    if ('error' in result) return { error: { kind: 'value', option: name, message: `${label} ${result.error}` } }
    values.push(result.value)
  }
  return { values }
}

async function bySchema({ option, name, label }: CompiledOption, given: readonly unknown[]): Promise<Outcome> {
  const values: unknown[] = []
  for (const value of given) {
    const result: SchemaResult<unknown> | undefined = await option.schema?.['~standard'].validate(value)
    if (result?.issues) {
      const message = `${label}: ${result.issues.map((issue) => issue.message).join('; ') || 'it does not fit'}`
      return { error: { kind: 'value', option: name, message } }
    }
    values.push(result?.value)
  }
  return { values }
}
