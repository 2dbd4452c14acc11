import { splitFirst } from './text.js'

/** The part of a text that fits, escaped for its place, and the rest as typed. */
export interface FittedText {
  readonly written: string
  readonly left: string
}

type Write = (text: string) => string

/** Fits a text into `limit` characters after escaping; if it is cut, it ends with an ellipsis. */
export function fitText(text: string, limit: number, write: Write): FittedText {
  const whole = fitPiece(text, limit, write)
  if (whole.left === '') return whole
  const { written, left } = fitPiece(text, limit - 1, write)
  return { written: `${written.trimEnd()}…`, left }
}

/** The part of a text that takes at most `limit` characters after escaping, cut at a line end, else a space, else between graphemes. */
export function fitPiece(text: string, limit: number, write: Write): FittedText {
  const whole = text.length <= limit ? write(text) : undefined // escaping never makes text shorter
  if (whole !== undefined && whole.length <= limit) return { written: whole, left: '' }
  for (let length = longestThatFits(text, limit, write); length > 0; length = Math.floor(length * 0.9)) {
    const [piece, left] = splitFirst(text, length)
    const written = write(piece)
    if (written.length <= limit) return { written, left }
  }
  return { written: '', left: text }
}

/** Binary search, because the escaped length depends on the characters. */
function longestThatFits(text: string, limit: number, write: Write): number {
  let [fits, tooLong] = [0, Math.min(text.length, limit) + 1]
  while (tooLong - fits > 1) {
    const length = Math.floor((fits + tooLong) / 2)
    if (write(text.slice(0, length)).length <= limit) fits = length
    else tooLong = length
  }
  return fits
}

/** A text followed by lines, as far as they fit, and the rest of both. */
export interface FittedLines {
  readonly written: string
  readonly text: string
  readonly lines: readonly string[]
}

/** Fits a text and then whole lines into `limit` characters. */
export function fitLines(text: string, lines: readonly string[], limit: number, write: Write): FittedLines {
  const { written, left } = text.trim() === '' ? { written: '', left: '' } : fitText(text, limit, write)
  const shown = written === '' ? [] : [written]
  const over: string[] = []
  let length = written.length
  for (const line of lines.filter(Boolean)) {
    const one = write(line)
    const fits = length + 1 + one.length <= limit
    if (fits) length += 1 + one.length
    if (fits) shown.push(one)
    else over.push(line)
  }
  return { written: shown.join('\n'), text: left, lines: over }
}
