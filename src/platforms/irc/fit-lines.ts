import { graphemeBoundary } from '../../shared/text.js'

/**
 * Splits a line into pieces of at most `limit` bytes: after a space in the second half, otherwise between graphemes.
 * Nothing is lost: spaces at the start of the line and at a split are kept.
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

/** The end of the characters that fit into `limit` bytes, at least one. */
function charactersWithin(line: string, from: number, limit: number): number {
  const near = Buffer.from(line.slice(from, from + limit))
  if (near.length <= limit) return Math.min(from + limit, line.length)
  let end = limit
  while (end > 0 && ((near[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return from + Math.max(near.toString('utf8', 0, end).length, (line.codePointAt(from) ?? 0) > 0xffff ? 2 : 1)
}
