import { toPrintableLines } from '../shared/printable.js'

/** Prints an error and returns the exit code: by default 2, for wrong usage. */
export function printError(text: string, code = 2): number {
  console.error(`slashroom: ${toPrintableLines(text)}`)
  return code
}
