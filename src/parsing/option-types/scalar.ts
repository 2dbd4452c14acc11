import type { Invocation } from '../../model/invocation.js'
import type { Option } from '../../model/option.js'
import { type DefinitionPart, mustBe, type OptionType, type Range } from './option-type.js'

/** A type whose values have a form of their own. */
interface ScalarType {
  readonly placeholder: string
  readonly form: string
  /** What `min`, `max` and `default` must be, where values have an order; it measures values too. */
  readonly bound?: DefinitionPart<number>
  /** A word as a value; undefined where it is none. */
  parse(text: string, invocation?: Invocation): unknown
  /** What `bound` made of a value, as one would type it. */
  format?(size: number): string
}

/** Makes a type of option from its form. */
export function scalar(type: ScalarType & { bound: DefinitionPart<number> }): OptionType<Option, 'min' | 'max'>
export function scalar(type: ScalarType): OptionType<Option, never>
export function scalar({ placeholder, form, bound, parse, format = String }: ScalarType): OptionType {
  return {
    placeholder,
    form,
    parts: bound ? { min: bound, max: bound } : {},
    compile(_, range) {
      const bounds = inWords(range, format)
      return {
        bounds,
        read(text, invocation) {
          const value = parse(text, invocation)
          if (value === undefined) return mustBe(form, text)
          return isWithin(bound?.read(value) ?? 0, range) ? { value } : mustBe(`${bounds}`, text)
        },
      }
    },
    write(value) {
      const size = bound?.read(value)
      return size === undefined ? undefined : format(size)
    },
  }
}

/** Says whether the bounds hold. */
export function isWithin(size: number, { min = size, max = size }: Range): boolean {
  return size >= min && size <= max
}

/** The bounds in words, such as `at least 1`; nothing where there are none. */
export function inWords({ min, max }: Range, format: (size: number) => string): readonly string[] {
  if (min !== undefined && max !== undefined)
    return [min === max ? `exactly ${format(min)}` : `between ${format(min)} and ${format(max)}`]
  if (min !== undefined) return [`at least ${format(min)}`]
  return max === undefined ? [] : [`at most ${format(max)}`]
}
