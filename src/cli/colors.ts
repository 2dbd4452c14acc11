import { styleText } from 'node:util'

/** Colors text for standard output: only on a terminal, and not if NO_COLOR is set. https://no-color.org */
export function colorize(colour: 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string): string {
  return process.stdout.isTTY === true && !process.env['NO_COLOR'] ? styleText(colour, text) : text
}
