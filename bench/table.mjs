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

/** A number as a table shows it. */
export function figure(value) {
  return value < 10 ? Number(value.toFixed(2)) : value < 100 ? Number(value.toFixed(1)) : Math.round(value)
}

/** A part as a table shows it. */
export function percent(part) {
  return `${Math.round(part * 100)} %`
}

function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

function sayRatio({ what, value, low, high, withheld, uncertain, least, most }) {
  const goal = least ?? most
  const asked = goal === undefined ? '' : ` (${least === undefined ? 'at most' : 'at least'} ${goal})`
  if (withheld) return `? ${what}: ${withheld}${asked}`
  const between = `between ${low.toFixed(2)} and ${high.toFixed(2)}`
  if (uncertain) return `? ${what}: uncertain, ${between}${asked}`
  return `${signOf({ goal, value, low, high, least })} ${what}: ${value.toFixed(2)}${asked}, ${between}`
}

/** Met, missed, or not decided where the goal lies within the interval. */
function signOf({ goal, value, low, high, least }) {
  if (goal === undefined) return ' '
  if (low < goal && goal < high) return '~'
  return (least === undefined ? value <= goal : value >= goal) ? '✓' : '✗'
}
