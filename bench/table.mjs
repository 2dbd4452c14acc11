/** A measure's rows and ratios as lines for a terminal. */
export function toLines({ title, rows, ratios }) {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = [heads, ...rows.map((row) => heads.map((head) => String(row[head] ?? '')))]
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const aligned = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column], column))
      .join('  ')
      .trimEnd(),
  )
  return [title, ...aligned.map((line) => `  ${line}`), ...ratios.map((one) => `  ${sayRatio(one)}`), '']
}

function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

function sayRatio({ what, value, refused, spread, least, most }) {
  const goal = least === undefined ? most : least
  const asked = goal === undefined ? '' : ` (${least === undefined ? 'at most' : 'at least'} ${goal})`
  if (refused) return `? ${what}: no ratio, ${refused}${asked}`
  const met = least === undefined ? most === undefined || value <= most : value >= least
  const differ = spread === undefined ? '' : `, rounds within ${Math.round(spread * 100)} %`
  return `${goal === undefined ? ' ' : met ? '✓' : '✗'} ${what}: ${value.toFixed(2)}${asked}${differ}`
}
