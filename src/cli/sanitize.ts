import { toPrintable } from '../shared/printable.js'
import { shorten } from '../shared/text.js'

/** What people typed, in one short line of a terminal. */
export function sanitize(text: string): string {
  return shorten(toPrintable(text).trim(), 200)
}
