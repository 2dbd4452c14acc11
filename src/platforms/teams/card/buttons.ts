import type { CardButton, Tone } from '../../../model/reply.js'
import { asRecord } from '../../../shared/json.js'
import { shorten } from '../../../shared/text.js'
import { isHttpUrl } from '../../../shared/url.js'
import type { CardAction, SubmitAction } from '../wire.js'

/** Buttons in rows; `left` are the others, to be written out, `shortened` those whose label was. */
export interface DrawnButtons {
  readonly rows: readonly (readonly CardAction[])[]
  readonly left: readonly CardButton[]
  readonly shortened: readonly CardButton[]
}

/** Draws the buttons that have room in so many bytes; where none can be pressed, those alone that open something. */
export function drawButtons(buttons: readonly CardButton[], bytes: number, canPress = true): DrawnButtons {
  const drawn = new Map<CardButton, CardAction>()
  let room = bytes
  for (const button of buttons) {
    const action = drawn.size < mostButtons && (canPress || !button.command) ? drawButton(button) : undefined
    const size = action ? Buffer.byteLength(JSON.stringify(action)) : Number.POSITIVE_INFINITY
    if (size > room || !action) continue
    room -= size
    drawn.set(button, action)
  }
  const all = [...drawn.values()]
  return {
    rows: Array.from({ length: Math.ceil(all.length / inRow) }, (_, at) => all.slice(at * inRow, (at + 1) * inRow)),
    left: buttons.filter((button) => !drawn.has(button)),
    shortened: buttons.filter((button) => drawn.has(button) && button.label.trim().length > longestLabel),
  }
}

/** The line that a pressed button types, from what it carries; undefined for any other. */
export function readButton(data: unknown): string | undefined {
  const line = asRecord(data)[carried]
  return typeof line === 'string' && /^\/\S/.test(line) && line.length <= longestLine ? line : undefined
}

/** What a button carries its line under. */
const carried = 'slashroom'
const longestLine = 2_000
const longestLabel = 80
/** As many as clients show side by side. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-actions */
const inRow = 6
const mostButtons = 24

function drawButton({ label, command, url, tone }: CardButton): CardAction | undefined {
  const title = shorten(label.trim() || command || url || '…', longestLabel)
  if (!command) return isHttpUrl(url) && url.length <= longestLine ? { type: 'Action.OpenUrl', title, url } : undefined
  if (!readButton({ [carried]: command })) return undefined
  const press = { title, ...(tone && styles[tone]), data: { [carried]: command } }
  const fallback: SubmitAction = { type: 'Action.Submit', ...press }
  return { type: 'Action.Execute', verb: carried, ...press, fallback }
}

const styles: Readonly<Partial<Record<Tone, Pick<SubmitAction, 'style'>>>> = {
  good: { style: 'positive' },
  bad: { style: 'destructive' },
}
