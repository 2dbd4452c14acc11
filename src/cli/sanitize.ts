import { toPrintable } from '../shared/printable.js'
import { shorten } from '../shared/text.js'

/** User input in one short line for a terminal. */
export function sanitize(text: string): string {
  return shorten(toPrintable(text).trim(), 200)
}
