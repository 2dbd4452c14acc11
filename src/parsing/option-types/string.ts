import type { StringOption } from '../../model/option.js'
import { quoteInput } from '../quote-input.js'
import { inWords, isWithin } from './create-option-type.js'
import { aNumber } from './number.js'
import type { OptionType } from './option-type.js'

/** Any string, bounded by its number of characters. */
export const string: OptionType<StringOption, 'min' | 'max' | 'pattern'> = {
  placeholder: 'text',
  parts: {
    min: aNumber,
    max: aNumber,
    pattern: { mustBe: 'a regular expression', read: (part) => (part instanceof RegExp ? part : undefined) },
  },
  compile({ pattern }, range) {
    const whole = pattern && new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gym]/g, ''))
    const length = inWords(range).map((words) => `${words} character${/\D1$/.test(words) ? '' : 's'}`)
    return {
      bounds: [...length, ...(pattern ? [`matching ${pattern.source}`] : [])],
      read(text) {
        if (whole && !whole.test(text))
          return { error: `cannot be ${quoteInput(text)}: it must match ${pattern?.source}.` }
        const size = [...text].length
        return isWithin(size, range) ? { value: text } : { error: `must have ${length}, not ${size}.` }
      },
    }
  },
  write: (value) => (typeof value === 'string' ? value : undefined),
}
