import { toPrintable } from '../shared/printable.js'

/** Shows a piece of what somebody typed: short, on one line, and without reaching anybody by `@all`. */
export function quoteInput(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57).replace(/[\uD800-\uDBFF]$/, '')}…` : text
  return `“${toPrintable(short).replace(/\s+/g, ' ').replace(/[@＠]/g, '$&\u2060')}”`
}
