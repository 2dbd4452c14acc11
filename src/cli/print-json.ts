import { escapeJson } from '../shared/printable.js'

/** Prints a value as JSON, in one line without an indent; unprintable characters are escaped. */
export function printJson(value: unknown, indent?: number): void {
  console.log(escapeJson(JSON.stringify(value, null, indent)))
}
