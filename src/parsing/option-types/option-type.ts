import type { Invocation } from '../../model/invocation.js'
import type { Option } from '../../model/option.js'
import { quoteInput } from '../quote-input.js'

/** All that the bot knows of one type of option. */
export interface OptionType<O extends Option = Option, Parts extends string = string> {
  /** What stands for a value in usage, such as `<text>`, where that is not the type's name. */
  readonly placeholder?: string
  /** What a value looks like, where that must be said: `a whole number`. */
  readonly form?: string
  /** What a definition has beside the parts of all options. */
  readonly parts: Readonly<Record<Parts, DefinitionPart>>
  /** Prepares a definition whose parts are as they must be. */
  compile(option: O, range: Range): ValueReader
  /** Writes a value from a definition as one would type it; undefined if it is not of this type. */
  write(value: unknown): string | undefined
}

/** A part of a definition. */
export interface DefinitionPart<Value = unknown> {
  readonly mustBe: string
  readonly required?: true
  /** Undefined for what it must not be; a bound as the number that values are held against. */
  read(part: unknown): Value | undefined
}

/** `min` and `max` as numbers: characters, milliseconds, whatever values are measured in. */
export interface Range {
  readonly min?: number
  readonly max?: number
}

/** Reads the values of one option. */
export interface ValueReader {
  /** Reads one word. */
  read(text: string, invocation?: Invocation): ReadResult
  /** What holds for values, in words: `between 1 and 5`. */
  readonly bounds: readonly string[]
  /** Strings of which one must be given. */
  readonly choices?: readonly string[]
}

/** What one word became, or what is wrong with it, as said behind the option's name: `must be a number, not “x”.` */
export type ReadResult = { readonly value: unknown } | { readonly error: string }

/** Says what was expected in the place of `text`. */
export function mustBe(expected: string, text: string, hint = ''): ReadResult {
  return { error: `must be ${expected}, not ${quoteInput(text)}.${hint}` }
}
