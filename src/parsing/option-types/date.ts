import { scalar } from './create-option-type.js'

const form = 'a date, like 2030-02-28'

/** A calendar day, in the same format for people and for `run`. */
export const date = scalar({
  form,
  bound: { mustBe: form, read: (part) => (typeof part === 'string' ? timeOf(part) : undefined) },
  parse(text) {
    // Phones and word processors use other hyphens and digits.
    const plain = text.length > 40 ? '' : text.normalize('NFKC').trim().replace(/[‐–−]/g, '-')
    return timeOf(plain) === undefined ? undefined : plain
  },
  format: formatDay,
  least: (day) => `${day} or later`,
  most: (day) => `${day} or earlier`,
})

/** The start of a day in milliseconds since 1970; undefined for dates that do not exist, such as February 30. */
function timeOf(day: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00Z`) : Number.NaN
  return Number.isNaN(time) || formatDay(time) !== day ? undefined : time
}

function formatDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
