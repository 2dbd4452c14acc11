import type { CardButton, Tone } from '../../../model/reply.js'
import { asRecord } from '../../../shared/json.js'
import { shorten } from '../../../shared/text.js'
import { isHttpUrl } from '../../../shared/url.js'
import type { CardAction, SubmitAction } from '../wire.js'

/** Buttons in rows; `left` are the others, `shortened` those whose label was cut. */
export interface DrawnButtons {
  readonly rows: readonly (readonly CardAction[])[]
  readonly left: readonly CardButton[]
  readonly shortened: readonly CardButton[]
}

/** Renders the buttons that fit into this many bytes; if none can be pressed, only those that open something. */
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

/** The line of a pressed button, from its data; undefined for other buttons. */
export function readButton(data: unknown): string | undefined {
  const line = asRecord(data)[carried]
  return typeof line === 'string' && /^\/\S/.test(line) && line.length <= longestLine ? line : undefined
}

/** The key of the line in a button's data. */
const carried = 'slashroom'
const longestLine = 2_000
const longestLabel = 80
/** As many as clients show in a row. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-actions */
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
