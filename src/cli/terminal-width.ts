/** How many characters go on a line of the terminal, or of what COLUMNS says; undefined where there is none. */
export function terminalWidth(): number | undefined {
  return process.stdout.columns || Number(process.env['COLUMNS']) || undefined
}

/** The text in lines that the terminal has room for behind an indent, cut at blanks where there are any. */
export function wrap(text: string, indent: number): string {
  const width = Math.max((terminalWidth() ?? Number.POSITIVE_INFINITY) - indent, 20)
  if (text.length <= width) return text
  const lines = text.match(new RegExp(`.{1,${width}}(?: |$)|.{${width}}`, 'gu')) ?? [text]
  return lines.map((line) => line.trimEnd()).join(`\n${' '.repeat(indent)}`)
}
