import type { Invocation } from '../../model/invocation.js'
import type { Option } from '../../model/option.js'
import { type DefinitionPart, mustBe, type OptionType, type Range } from './option-type.js'

/** A type whose values have a form of their own. */
interface ScalarType extends BoundWords {
  readonly form: string
  /** What `min`, `max` and `default` must be, where values have an order; it measures values too. */
  readonly bound?: DefinitionPart<number>
  /** A word as a value; undefined where it is none. */
  parse(text: string, invocation?: Invocation): unknown
}

/** How bounds are worded. */
interface BoundWords {
  /** What `bound` made of a value, as one would type it. */
  format?(size: number): string
  /** A bound that has no other beside it: `at least 5`, `at most 5`. */
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

/** The bounds in words, such as `at least 1`; nothing where there are none. */
export function inWords({ min, max }: Range, { format = String, least, most }: BoundWords = {}): readonly string[] {
  const [from, to] = [min, max].map((bound) => (bound === undefined ? undefined : format(bound)))
  if (from !== undefined && to !== undefined) return [from === to ? `exactly ${from}` : `between ${from} and ${to}`]
  if (from !== undefined) return [least?.(from) ?? `at least ${from}`]
  return to === undefined ? [] : [most?.(to) ?? `at most ${to}`]
}
