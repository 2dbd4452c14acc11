import type { SchemaResult } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import type { Answered } from './asking.js'
import { assign, type Fault } from './assign.js'
import type { Prepared, Takes } from './options.js'
import type { Word } from './tokenize.js'
import { convert } from './values.js'

/** The options' values, or everything that is wrong with them. */
export type Parsed = { readonly values: Readonly<Record<string, unknown>> } | { readonly faults: readonly Fault[] }

/**
 * Reads the words behind a command's name as its options. `line` is what they were cut from; `answers` are texts that
 * were given elsewhere, for options that the line leaves out.
 */
export async function parse(
  takes: Takes,
  line: string,
  words: readonly Word[],
  invocation?: Invocation,
  answers: Answered = {},
): Promise<Parsed> {
  const given = assign(takes, line, words)
  const faults: Fault[] = [...given.faults]
  const values: Record<string, unknown> = Object.create(null)
  for (const one of takes.options) {
    const outcome = await settle(
      one,
      given.texts.get(one) ?? (Object.hasOwn(answers, one.name) ? answers[one.name] : []) ?? [],
      invocation,
    )
    if ('faults' in outcome) faults.push(...outcome.faults)
    else if (outcome.value !== undefined) values[one.name] = outcome.value
  }
  return faults.length > 0 ? { faults } : { values }
}

type Outcome = { readonly value: unknown } | { readonly faults: readonly Fault[] }

async function settle(
  one: Prepared,
  texts: readonly (string | undefined)[],
  invocation?: Invocation,
): Promise<Outcome> {
  const { option, name, label, many } = one
  if (texts.length === 0) {
    if (option.required) return { faults: [{ kind: 'missing', option: name, message: `${label} is missing.` }] }
    return absent(one)
  }
  if (texts.length > 1 && !many && option.type !== 'boolean') {
    return { faults: [{ kind: 'twice', option: name, message: `${label} was given more than once.` }] }
  }
  const values: unknown[] = []
  for (const text of many ? texts : texts.slice(-1)) {
    const converted = text === undefined ? { fault: `${label} needs a value.` } : convert(one, text, invocation)
    const checked = 'fault' in converted ? converted : await bySchema(one, converted.value)
    if ('fault' in checked) return { faults: [{ kind: 'value', option: name, message: checked.fault }] }
    values.push(checked.value)
  }
  return { value: many ? values : values[0] }
}

/** What stands for an option that was not given; a default goes through the schema as a typed value would. */
async function absent(one: Prepared): Promise<Outcome> {
  const { option, many, name } = one
  if (option.default === undefined) return { value: many ? [] : undefined }
  const values: unknown[] = []
  for (const value of [option.default].flat()) {
    const checked = await bySchema(one, value)
    if ('fault' in checked) return { faults: [{ kind: 'value', option: name, message: checked.fault }] }
    values.push(checked.value)
  }
  return { value: many ? values : values[0] }
}

async function bySchema({ option, label }: Prepared, value: unknown) {
  if (!option.schema) return { value }
  const result: SchemaResult<unknown> = await option.schema['~standard'].validate(value)
  if (!result.issues) return { value: result.value }
  return { fault: `${label}: ${result.issues.map((issue) => issue.message).join('; ') || 'it does not fit'}` }
}
