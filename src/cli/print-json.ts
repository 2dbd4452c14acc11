import { escapeJson } from '../shared/printable.js'

/** Prints a value as JSON, in one line if no indent is given; what would steer a terminal is escaped. */
export function printJson(value: unknown, indent?: number): void {
  console.log(escapeJson(JSON.stringify(value, null, indent)))
}
