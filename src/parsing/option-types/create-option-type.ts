import type { Invocation } from '../../model/invocation.js'
import type { Option } from '../../model/option.js'
import { type DefinitionPart, mustBe, type OptionType, type Range } from './option-type.js'

/** A type whose values have a syntax of their own. */
interface ScalarType extends BoundWords {
  readonly form: string
  /** Checks `min`, `max` and `default` of an ordered type; also converts values for comparison. */
  readonly bound?: DefinitionPart<number>
  /** Parses a word; undefined if it is not a valid value. */
  parse(text: string, invocation?: Invocation): unknown
}

/** The wording of bounds. */
interface BoundWords {
  /** Formats the result of `bound` as one would type it. */
  format?(size: number): string
  /** A single bound: `at least 5`, `at most 5`. */
  least?(bound: string): string
  most?(bound: string): string
}

/** Creates an option type from its description. */
export function scalar(type: ScalarType & { bound: DefinitionPart<number> }): OptionType<Option, 'min' | 'max'>
export function scalar(type: ScalarType): OptionType<Option, never>
export function scalar(type: ScalarType): OptionType {
  const { form, bound, parse, format = String } = type
  return {
    form,
    parts: bound ? { min: bound, max: bound } : {},
    compile(_, range) {
      const bounds = inWords(range, type)
      return {
        bounds,
        read(text, invocation) {
          const value = parse(text, invocation)
          if (value === undefined) return mustBe(form, text)
          return isWithin(bound?.read(value) ?? 0, range) ? { value } : mustBe(bounds.join(), text)
        },
      }
    },
    write(value) {
      const size = bound?.read(value)
      return size === undefined ? undefined : format(size)
    },
  }
}

/** Whether the bounds hold. */
export function isWithin(size: number, { min = size, max = size }: Range): boolean {
  return size >= min && size <= max
}

/** The bounds in words, such as `at least 1`; empty if there are none. */
export function inWords({ min, max }: Range, { format = String, least, most }: BoundWords = {}): readonly string[] {
  const [from, to] = [min, max].map((bound) => (bound === undefined ? undefined : format(bound)))
  if (from !== undefined && to !== undefined) return [from === to ? `exactly ${from}` : `between ${from} and ${to}`]
  if (from !== undefined) return [least?.(from) ?? `at least ${from}`]
  return to === undefined ? [] : [most?.(to) ?? `at most ${to}`]
}
