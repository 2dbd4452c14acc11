import { fitPiece } from '../../shared/fit-text.js'
import { sizeOf } from './fit-parts.js'
import { escapeMrkdwn } from './mrkdwn.js'
import type { Block, Image, MarkedText } from './wire-message.js'

/** Splits a text into sections of up to `room` characters in total; `left` is the rest. */
export function drawText(text: string, room: number): { readonly blocks: readonly Block[]; readonly left: string } {
  const pieces: string[] = []
  let [left, free] = [text.trim(), room]
  while (left.trim() !== '' && free > smallest) {
    const piece = fitPiece(left, Math.min(longest, free) - container, escapeMrkdwn)
    pieces.push(piece.written)
    left = piece.left
    free -= sizeOf(section(piece.written))
  }
  const cut = left.trim() !== '' && pieces.length > 0
  const shown = cut ? pieces.with(-1, `${pieces.at(-1)?.trimEnd()}…`) : pieces
  return { blocks: shown.filter((piece) => piece.trim() !== '').map((piece) => section(piece)), left }
}

/** The size of a section, including its structure. */
const longest = 3_000
const container = 100
/** No section starts with less space than this. */
const smallest = 300

/** A section with a text and an optional image. */
export function section(text: string, accessory?: Image): Block {
  return { type: 'section', text: marked(text), ...(accessory ? { accessory } : {}) }
}

/** Text with the service's markup. */
export function marked(text: string): MarkedText {
  return { type: 'mrkdwn', text, verbatim: true }
}
