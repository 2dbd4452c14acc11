import { buttonLine, fieldLine } from '../../model/card-lines.js'
import type { Card, CardField, Tone } from '../../model/reply.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { fitText } from '../../shared/fit-text.js'
import { shorten } from '../../shared/text.js'
import { nonHttpUrls, toneEmoji } from '../rendering.js'
import type { ButtonLine } from './commands/button-lines.js'
import { escapeText, isLinkable, link } from './html.js'
import { drawButtons } from './keyboard.js'
import { type InlineKeyboard, textLimit } from './wire.js'

/** A card as a message, and the rest as text. */
export interface DrawnCard {
  readonly html: string
  readonly keyboard: InlineKeyboard | undefined
  /** The image shown below the text. */
  readonly image: string | undefined
  /** Lines to store before the buttons can be pressed. */
  readonly kept: readonly ButtonLine[]
  readonly left: string
}

/** Renders a card. Tags count toward the limits, although the service does not count them. `origin`: the room that its buttons type in, if it is shown elsewhere. */
export function drawCard(card: Card, tone: Tone = 'neutral', origin?: ReplyTarget): DrawnCard {
  const { title, text = '', image, fields = [], buttons = [] } = card
  const drawn = drawButtons(buttons, origin)
  const head = drawTitle(card, tone)
  const lines = [
    ...fields.map(drawField),
    ...drawn.left.map((button) => plainLine(buttonLine(button))),
    ...addressesOf(card).map(plainLine),
    ...(isLinkable(image) ? [{ html: link('🖼 Image', image), line: image }] : []),
  ]
  const room = textLimit - addressRoom - head.length
  const wanted = lines.reduce((sum, { html }) => sum + html.length + 1, 0)
  const body = fitText(text.trim(), Math.max(room - wanted, Math.min(room, leastText)) - 1, escapeText)
  const placed = placeLines(lines, room - body.written.length - 2)
  const whole = title.trim()
  const left = [whole.length > longestTitle ? whole : '', body.left, ...placed.left, ...drawn.shortened.map(buttonLine)]
  return {
    html: [head, body.written, placed.html].filter(Boolean).join('\n'),
    keyboard: drawn.rows.length > 0 ? { inline_keyboard: drawn.rows } : undefined,
    image: isLinkable(image) ? new URL(image).href : undefined,
    kept: drawn.kept,
    left: left.filter(Boolean).join('\n'),
  }
}

const longestTitle = 256
/** Room for the name of the person addressed. */
const addressRoom = 400
/** The minimum for the text when there are many fields. */
const leastText = 1_000

function drawTitle({ title, url }: Card, tone: Tone): string {
  const shown = escapeText(shorten(title.trim() || '(no title)', longestTitle))
  const linked = isShort(url) ? link(shown, url) : shown
  return `${toneEmoji[tone]}<b>${linked}</b>`
}

/** A link that is too long would leave no room for its label. */
function isShort(url: string | undefined): url is string {
  return isLinkable(url) && escapeText(new URL(url).href).length <= 1_000
}

/** A rendered part, and its text form if it does not fit. */
interface CardLine {
  readonly html: string
  readonly line: string
}

function drawField(field: CardField): CardLine {
  const { label, value, url, tone = 'neutral' } = field
  const shown = escapeText(value)
  const linked = isShort(url) ? link(shown || escapeText(url), url) : shown
  return { html: `<b>${escapeText(label)}</b>: ${toneEmoji[tone]}${linked}`, line: fieldLine(field) }
}

function plainLine(line: string): CardLine {
  return { html: escapeText(line), line }
}

/** Addresses that cannot be links here. */
function addressesOf(card: Card): readonly string[] {
  const { url, image, fields = [] } = card
  const given = [url, ...fields.map((field) => field.url)].flatMap((one) => one || [])
  const long = given.filter((one) => !isShort(one))
  const picture = image && !isLinkable(image) ? [image] : []
  return [...new Set([...long, ...picture, ...nonHttpUrls(card)])]
}

/** In order up to the first that does not fit; the rest follows as text. */
function placeLines(
  lines: readonly CardLine[],
  room: number,
): { readonly html: string; readonly left: readonly string[] } {
  let free = room
  const over = lines.findIndex(({ html }) => {
    free -= html.length + 1
    return free < 0
  })
  const count = over < 0 ? lines.length : over
  const html = lines.slice(0, count).map((one) => one.html)
  return { html: html.join('\n'), left: lines.slice(count).map(({ line }) => line) }
}
