import type { Invocation } from '../../model/invocation.js'
import type { Option } from '../../model/option.js'
import { quoteInput } from '../quote-input.js'

/** Everything the bot knows about one type of option. */
export interface OptionType<O extends Option = Option, Parts extends string = string> {
  /** The placeholder for a value in usage, such as `<text>`, if it is not the type's name. */
  readonly placeholder?: string
  /** What a value looks like, if the name does not say it: `a whole number`. */
  readonly form?: string
  /** The parts of a definition that only this type has. */
  readonly parts: Readonly<Record<Parts, DefinitionPart>>
  /** Compiles a valid definition. */
  compile(option: O, range: Range): ValueReader
  /** Formats a value from a definition as one would type it; undefined if it has the wrong type. */
  write(value: unknown): string | undefined
}

/** A part of a definition. */
export interface DefinitionPart<Value = unknown> {
  readonly mustBe: string
  readonly required?: true
  /** Validates it: undefined if invalid; a bound as the number to compare values with. */
  read(part: unknown): Value | undefined
}

/** `min` and `max` as numbers, in the unit of the values. */
export interface Range {
  readonly min?: number
  readonly max?: number
}

/** Parses the values of one option. */
export interface ValueReader {
  /** Parses one word. */
  read(text: string, invocation?: Invocation): ReadResult
  /** The constraint on values in words: `between 1 and 5`. */
  readonly bounds: readonly string[]
  /** The allowed strings, if they can be listed. */
  readonly choices?: readonly string[]
}

/** The parsed value of a word, or an error to put after the option's name: `must be a number, not “x”.` */
export type ReadResult = { readonly value: unknown } | { readonly error: string }

/** Says what was expected instead of `text`. */
export function mustBe(expected: string, text: string, hint = ''): ReadResult {
  return { error: `must be ${expected}, not ${quoteInput(text)}.${hint}` }
}
