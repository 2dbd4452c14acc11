import type { CardButton } from '../../model/reply.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { shorten } from '../../shared/text.js'
import { type ButtonLine, dataOf, fitsData } from './commands/button-lines.js'
import { isLinkable } from './html.js'
import type { Button } from './wire.js'

/** A card's buttons as rows, and the rest as text. */
export interface DrawnButtons {
  readonly rows: readonly (readonly Button[])[]
  /** Buttons that cannot be pressed. */
  readonly left: readonly CardButton[]
  /** Buttons whose label was cut. */
  readonly shortened: readonly CardButton[]
  /** Lines that do not fit a button: they must be stored before it is shown. */
  readonly kept: readonly ButtonLine[]
}

/**
 * Renders the buttons that fit. `origin`: the room that they type in, if they are shown elsewhere.
 * https://core.telegram.org/bots/api#inlinekeyboardmarkup
 */
export function drawButtons(buttons: readonly CardButton[], origin?: ReplyTarget): DrawnButtons {
  const fitting = buttons.filter(isPressable)
  const shown = fitting.slice(0, mostButtons)
  const lines = shown.flatMap(({ command }) => (command ? [toButtonLine(command, origin)] : []))
  return {
    rows: inRows(shown.map((button) => drawButton(button, origin))),
    left: buttons.filter((button) => !shown.includes(button)),
    shortened: shown.filter(({ label }) => label.trim().length > longestLabel),
    kept: lines.filter((one) => one.origin || !fitsData(one.line)),
  }
}

const mostButtons = 100
const longestLabel = 64

function isPressable({ label, command, url }: CardButton): boolean {
  if (label.trim() === '') return false
  return command ? command.startsWith('/') : isLinkable(url) && url.length <= 2_000
}

function toButtonLine(line: string, origin?: ReplyTarget): ButtonLine {
  return origin ? { line, origin } : { line }
}

function drawButton({ label, command, url, tone }: CardButton, origin?: ReplyTarget): Button {
  const sign = tone === 'good' ? '✅ ' : tone === 'bad' ? '❗ ' : ''
  const text = sign + shorten(label.trim(), longestLabel)
  return command
    ? { text, callback_data: dataOf(toButtonLine(command, origin)) }
    : { text, url: new URL(url ?? '').href }
}

/** Short ones share a row, as far as they fit on a phone. */
function inRows(buttons: readonly Button[]): readonly (readonly Button[])[] {
  const rows: Button[][] = []
  let room = 0
  for (const button of buttons) {
    const row = rows.at(-1)
    const taken = button.text.length + 4
    if (row && row.length < 3 && taken <= room) row.push(button)
    else rows.push([button])
    room = (row?.at(-1) === button ? room : rowWidth) - taken
  }
  return rows
}

const rowWidth = 40
