import { toPrintable } from '../shared/printable.js'
import { terminalWidth } from './terminal-width.js'

/** How to fit a table into a narrow terminal; piped into a file, it has its full width. */
export interface TableLayout {
  /** Headings of columns that are never cut, such as ids to copy. */
  readonly whole: readonly string[]
  /** Headings of columns that may be dropped, in this order. */
  readonly expendable: readonly string[]
}

type Rows = readonly (readonly string[])[]

/** Formats rows as aligned columns, one line per row; the first row is the heading. Without a layout, nothing is cut. */
export function table(cells: Rows, layout?: TableLayout): string {
  const rows = cells.map((row) => row.map(toPrintable))
  const width = layout && terminalWidth()
  return layout && width ? fitted(rows, layout, width) : joined(rows, widthsOf(rows))
}

function fitted(rows: Rows, { whole, expendable }: TableLayout, width: number): string {
  const least = (kept: Rows) => sum(widthsOf(kept).map((natural, at) => leastOf(kept[0]?.[at], natural, whole)))
  const kept = expendable.reduce((left, name) => (least(left) <= width ? left : without(left, name)), rows)
  const widths = [...widthsOf(kept)]
  const mayShrink = (at: number) => (widths[at] ?? 0) > leastOf(kept[0]?.[at], widths[at] ?? 0, whole)
  while (sum(widths) > width) {
    const widest = widths.reduce((best, size, at) => (mayShrink(at) && size > (widths[best] ?? 0) ? at : best), -1)
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return joined(kept, widths)
}

/** Narrower columns would be useless. */
const legible = 16

function leastOf(heading: string | undefined, natural: number, whole: readonly string[]): number {
  return heading === undefined || whole.includes(heading) ? natural : Math.min(natural, legible)
}

function without(rows: Rows, heading: string): Rows {
  const column = rows[0]?.indexOf(heading) ?? -1
  return rows.map((row) => row.filter((_, at) => at !== column))
}

function widthsOf(rows: Rows): readonly number[] {
  return rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
}

/** Includes the two spaces between columns. */
function sum(widths: readonly number[]): number {
  return widths.reduce((total, one) => total + one + 2, -2)
}

function joined(rows: Rows, widths: readonly number[]): string {
  const line = (row: readonly string[]) => row.map((cell, at) => cut(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0))
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n')
}

function cut(cell: string, width: number): string {
  if (cell.length <= width) return cell
  return `${cell.slice(0, width - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
