/** Draws the throughput tables as bars in an SVG picture. */
export function draw(results) {
  const shown = results.filter(({ rows }) => rows.some((row) => row['per second'] !== undefined))
  const parts = []
  let y = 10
  for (const { title, rows } of shown) {
    const most = Math.max(...rows.map((row) => row['per second']))
    parts.push(`<text x="10" y="${y + 14}" font-weight="bold">${escapeXml(title)}, per second</text>`)
    y += 24
    for (const row of rows) {
      const width = Math.max(1, Math.round((row['per second'] / most) * 420))
      const fill = row.name.startsWith('slashroom') ? '#1d7fd1' : '#8d99a6'
      parts.push(`<text x="180" y="${y + 13}" text-anchor="end">${escapeXml(row.name)}</text>`)
      parts.push(`<rect x="190" y="${y}" width="${width}" height="17" fill="${fill}"/>`)
      parts.push(`<text x="${196 + width}" y="${y + 13}">${row['per second']}</text>`)
      y += 22
    }
    y += 14
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="${y}" font-family="sans-serif" font-size="12">`
  return `${head}\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`
}

function escapeXml(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
