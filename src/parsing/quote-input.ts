import { toPrintable } from '../shared/printable.js'

/** Quotes user input: short, in one line, and without mentioning anybody by `@all`. */
export function quoteInput(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57).replace(/[\uD800-\uDBFF]$/, '')}…` : text
  return `“${toPrintable(short).replace(/\s+/g, ' ').replace(/[@＠]/g, '$&\u2060')}”`
}
