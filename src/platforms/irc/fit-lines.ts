import { graphemeBoundary } from '../../shared/text.js'

/**
 * Cuts a line into pieces of at most `limit` bytes: behind a blank of the second half, else between what people see as one
 * sign. Put together again the pieces are the line: what stands at its beginning, and at a cut, stays.
 */
export function fitLine(line: string, limit: number): readonly string[] {
  const pieces: string[] = []
  let from = 0
  while (from < line.length) {
    const to = cutAt(line, from, limit)
    pieces.push(line.slice(from, to))
    from = to
  }
  return pieces
}

function cutAt(line: string, from: number, limit: number): number {
  const whole = charactersWithin(line, from, limit)
  if (whole >= line.length) return line.length
  const blank = line.lastIndexOf(' ', whole - 1)
  if (blank + 1 > from + (whole - from) / 2) return blank + 1
  return Math.max(graphemeBoundary(line, whole, from), from + 1)
}

/** Where the bytes end, at the border of a character. At least one goes in. */
function charactersWithin(line: string, from: number, limit: number): number {
  const near = Buffer.from(line.slice(from, from + limit))
  if (near.length <= limit) return Math.min(from + limit, line.length)
  let end = limit
  while (end > 0 && ((near[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return from + Math.max(near.toString('utf8', 0, end).length, (line.codePointAt(from) ?? 0) > 0xffff ? 2 : 1)
}
