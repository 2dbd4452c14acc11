import { toPrintable } from '../shared/printable.js'

/** Rows as lines of even columns, each row one line; the first row is the heading. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(toPrintable))
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
