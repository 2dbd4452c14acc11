import { styleText } from 'node:util'

/** Colours text that goes to standard output: only on a terminal, and never where NO_COLOR is set. https://no-color.org */
export function colorize(colour: 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string): string {
  return process.stdout.isTTY === true && !process.env['NO_COLOR'] ? styleText(colour, text) : text
}
