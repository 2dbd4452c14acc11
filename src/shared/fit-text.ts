import { splitFirst } from './text.js'

/** As much of a text as has room somewhere, written as that place wants it, and the rest as it was typed. */
export interface FittedText {
  readonly written: string
  readonly left: string
}

type Write = (text: string) => string

/** Fits a text into `limit` characters once it is written; one that is cut ends with an ellipsis. */
export function fitText(text: string, limit: number, write: Write): FittedText {
  const whole = fitPiece(text, limit, write)
  if (whole.left === '') return whole
  const { written, left } = fitPiece(text, limit - 1, write)
  return { written: `${written.trimEnd()}…`, left }
}

/** As much of a text as takes at most `limit` characters once it is written: up to a line end, else a space, else between graphemes. */
export function fitPiece(text: string, limit: number, write: Write): FittedText {
  const whole = text.length <= limit ? write(text) : undefined // writing makes no text shorter
  if (whole !== undefined && whole.length <= limit) return { written: whole, left: '' }
  for (let length = longestThatFits(text, limit, write); length > 0; length = Math.floor(length * 0.9)) {
    const [piece, left] = splitFirst(text, length)
    const written = write(piece)
    if (written.length <= limit) return { written, left }
  }
  return { written: '', left: text }
}

/** Found by halves: what is written is longer than what was typed, by what it is made of. */
function longestThatFits(text: string, limit: number, write: Write): number {
  let [fits, tooLong] = [0, Math.min(text.length, limit) + 1]
  while (tooLong - fits > 1) {
    const length = Math.floor((fits + tooLong) / 2)
    if (write(text.slice(0, length)).length <= limit) fits = length
    else tooLong = length
  }
  return fits
}

/** A text with lines below it, as far as there is room, and what is left of both. */
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
