import { buttonLine, fieldLine } from '../../model/card-lines.js'
import type { Card, CardButton, CardField, Tone } from '../../model/reply.js'
import { type FittedLines, fitLines } from '../../shared/fit-text.js'
import { isHttpUrl } from '../../shared/url.js'
import { toneEmoji } from '../rendering.js'
import { renderButtons } from './buttons.js'
import { escapeMarkdown, shortenMarkdown } from './markdown.js'
import { type Embed, longestDescription, type Row } from './wire.js'

/** A card as an embed and buttons, and the rest as text. */
export interface DrawnCard {
  readonly embed: Embed
  readonly rows: readonly Row[]
  readonly left: string
}

/** Renders a card within the limits. https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export function drawCard(card: Card, tone: Tone = 'neutral'): DrawnCard {
  const { url, icon, image, fields = [], buttons = [] } = card
  const { rows, left: unpressed, shortened } = renderButtons(buttons)
  const whole = escapeMarkdown(card.title.trim() || '(no title)')
  const title = shortenMarkdown(whole, longestTitle)
  const drawn = fields.slice(0, mostFields).map(drawField)
  const wanted = drawn.reduce((sum, { size }) => sum + size, title.length)
  const body = drawBody(card, unpressed, Math.min(longestDescription, Math.max(1_000, longestEmbed - wanted)))
  const shown = firstThatFit(drawn, longestEmbed - title.length - body.written.length)
  const left = [
    title === whole ? '' : card.title.trim(),
    body.text,
    ...drawn.filter((one, at) => at >= shown.length || !one.isWhole).map(({ line }) => line),
    ...body.lines,
    ...shortened.map(buttonLine),
  ]
  return {
    embed: {
      title,
      color: colors[tone],
      ...(body.written ? { description: body.written } : {}),
      ...(isShort(url) ? { url } : {}),
      ...(isShort(icon) ? { thumbnail: { url: icon } } : {}),
      ...(isShort(image) ? { image: { url: image } } : {}),
      ...(shown.length > 0 ? { fields: shown.map(({ field }) => field) } : {}),
    },
    rows,
    left: left.filter(Boolean).join('\n'),
  }
}

const longestTitle = 256
const longestName = 256
const longestValue = 1_024
const mostFields = 25
/** The limit for all text of an embed. */
const longestEmbed = 6_000

/** The text, followed by lines for what the service does not render. */
function drawBody(card: Card, unpressed: readonly CardButton[], room: number): FittedLines {
  const { text = '', url, image, fields = [] } = card
  const undrawn = [url, image].flatMap((one) => (one && !isShort(one) ? [one] : []))
  const lines = [...fields.slice(mostFields).map(fieldLine), ...unpressed.map(buttonLine), ...undrawn]
  return fitLines(text, lines, room, escapeMarkdown)
}

type Field = NonNullable<Embed['fields']>[number]

interface DrawnField {
  readonly field: Field
  readonly size: number
  /** False if part of it is not shown. */
  readonly isWhole: boolean
  readonly line: string
}

function drawField(given: CardField): DrawnField {
  const { label, value, url, tone = 'neutral' } = given
  const [escaped, shown] = [escapeMarkdown(label) || nothing, escapeMarkdown(value) || nothing]
  const linked = isShort(url) ? `[${shown}](${linkTarget(url)})` : shown
  const room = longestValue - toneEmoji[tone].length
  const isWhole = escaped.length <= longestName && linked.length <= room && (!url || linked !== shown)
  const field = {
    name: shortenMarkdown(escaped, longestName),
    value: toneEmoji[tone] + (linked.length <= room ? linked : shortenMarkdown(shown, room)),
    inline: value.length <= 40,
  }
  return { field, size: field.name.length + field.value.length, isWhole, line: fieldLine(given) }
}

/** A field must not be empty. */
const nothing = '\u200b'

function firstThatFit(fields: readonly DrawnField[], room: number): readonly DrawnField[] {
  let left = room
  const over = fields.findIndex(({ size }) => {
    left -= size
    return left < 0
  })
  return over < 0 ? fields : fields.slice(0, over)
}

/** The service refuses longer ones. */
function isShort(url: string | undefined): url is string {
  return isHttpUrl(url) && url.length <= 2_000
}

function linkTarget(url: string): string {
  return new URL(url).href.replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'))
}

const colors = { neutral: 0x95a5a6, info: 0x3498db, good: 0x2ecc71, warning: 0xf1c40f, bad: 0xe74c3c } as const
