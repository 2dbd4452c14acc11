/** The number of columns of the terminal or in COLUMNS; undefined if unknown. */
export function terminalWidth(): number | undefined {
  return process.stdout.columns || Number(process.env['COLUMNS']) || undefined
}

/** Wraps text at spaces to the terminal's width, allowing for an indent. */
export function wrap(text: string, indent: number): string {
  const width = Math.max((terminalWidth() ?? Number.POSITIVE_INFINITY) - indent, 20)
  if (text.length <= width) return text
  const lines = text.match(new RegExp(`.{1,${width}}(?: |$)|.{${width}}`, 'gu')) ?? [text]
  return lines.map((line) => line.trimEnd()).join(`\n${' '.repeat(indent)}`)
}
