import { scalar } from './create-option-type.js'
import type { DefinitionPart } from './option-type.js'

/** A bound that is a number. */
export const aNumber: DefinitionPart<number> = {
  mustBe: 'a number',
  read: (part) => (typeof part === 'number' && Number.isFinite(part) ? part : undefined),
}

/** `3`, `-2.5` or `1e3`. */
export const number = scalar({ form: 'a number', bound: aNumber, parse: parseNumber })

/** `3` or `-2`. */
export const integer = scalar({
  form: 'a whole number',
  bound: aNumber,
  parse(text) {
    const value = parseNumber(text)
    return Number.isSafeInteger(value) ? value : undefined
  },
})

/** Accepts Asian digits too. */
function parseNumber(text: string): number | undefined {
  const plain = text.length > 40 ? '' : text.normalize('NFKC').trim().replace('−', '-')
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
