import { buttonLine, fieldLine } from '../../../model/card-lines.js'
import type { Card, CardField, Tone } from '../../../model/reply.js'
import { cutPoint, shorten } from '../../../shared/text.js'
import { isHttpUrl } from '../../../shared/url.js'
import { toneEmoji } from '../../rendering.js'
import type { AdaptiveCard, CardElement, TextRun } from '../wire.js'
import { drawButtons } from './buttons.js'

/** A card as the service renders it, and the rest as text. */
export interface DrawnCard {
  readonly drawn: AdaptiveCard
  readonly left: string
}

/** Renders a card within a message's limits. `canPress`: false if buttons can only open something. */
export function drawCard(card: Card, tone: Tone = 'neutral', canPress = true): DrawnCard {
  const { title, text = '', url, image, fields = [], buttons = [] } = card
  const { rows, left: unpressed, shortened } = drawButtons(buttons, buttonBytes, canPress)
  const shown = drawFields(fields)
  const undrawn = [url, image].flatMap((one) => (one && !isShort(one) ? [one] : []))
  const head = drawTitle(card)
  const tail: CardElement[] = [
    ...shown.elements,
    ...(isShort(image) ? [{ type: 'Image', url: image, altText: shorten(title || image, 200) } as const] : []),
    ...rows.map((actions) => ({ type: 'ActionSet', actions }) as const),
  ]
  const lines = [...shown.rest.map(fieldLine), ...unpressed.map(buttonLine), ...undrawn]
  const body = fitBody(text, lines, mostBytes - sizeOf([head, ...tail]))
  const items = [head, ...body.elements, ...tail]
  const left = [
    title.trim().length > longestTitle ? title.trim() : '',
    body.text,
    ...shown.cut.map(fieldLine),
    ...body.lines,
    ...shortened.map(buttonLine),
  ]
  return {
    drawn: {
      type: 'AdaptiveCard',
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      version: '1.5',
      body: [{ type: 'Container', style: styles[tone], bleed: true, items }],
    },
    left: left.filter(Boolean).join('\n'),
  }
}

/** The limit for a card in bytes of JSON; the service's limit is larger, but part of it is not ours. */
const mostBytes = 24_000
const buttonBytes = 8_000
const fieldBytes = 8_000
const longestTitle = 300
const longestLabel = 200
const longestValue = 1_000

/** Text runs have no markup, so nothing needs escaping. */
function run(text: string, more: Partial<TextRun> = {}): TextRun {
  return { type: 'TextRun', text, ...more }
}

function drawTitle({ title, url, icon }: Card): CardElement {
  const shown = shorten(title.trim() || '(no title)', longestTitle)
  const text: CardElement = {
    type: 'RichTextBlock',
    inlines: [run(shown, { size: 'Large', weight: 'Bolder', ...linkTo(url) })],
  }
  if (!isShort(icon)) return text
  const picture: CardElement = { type: 'Image', url: icon, altText: '', size: 'Small' }
  return {
    type: 'ColumnSet',
    columns: [
      { type: 'Column', width: 'auto', items: [picture] },
      { type: 'Column', width: 'stretch', items: [text] },
    ],
  }
}

/** `rest` are fields left out, `cut` those that were shortened. */
function drawFields(fields: readonly CardField[]) {
  const elements: CardElement[] = []
  let room = fieldBytes
  for (const field of fields) {
    const element = drawField(field, elements.length === 0)
    room -= sizeOf(element)
    if (room < 0) break
    elements.push(element)
  }
  const drawn = fields.slice(0, elements.length)
  return { elements, rest: fields.slice(elements.length), cut: drawn.filter((field) => !isWhole(field)) }
}

function drawField({ label, value, url, tone = 'neutral' }: CardField, isFirst: boolean): CardElement {
  const shown = toneEmoji[tone] + shorten(value, longestValue)
  const inlines = [run(`${shorten(label, longestLabel)}: `, { weight: 'Bolder' }), run(shown || ' ', linkTo(url))]
  return { type: 'RichTextBlock', inlines, spacing: isFirst ? 'Medium' : 'None' }
}

function isWhole({ label, value, url }: CardField): boolean {
  return label.length <= longestLabel && value.length <= longestValue && (!url || isShort(url))
}

function linkTo(url: string | undefined): Pick<TextRun, 'selectAction'> {
  return isShort(url) ? { selectAction: { type: 'Action.OpenUrl', url } } : {}
}

function isShort(url: string | undefined): url is string {
  return isHttpUrl(url) && url.length <= 2_000
}

/** As much of the text as fits, one block per line, and the lines below it that fit too. */
function fitBody(text: string, lines: readonly string[], bytes: number) {
  const elements: CardElement[] = []
  let [room, left] = [bytes, text.trim() === '' ? '' : text]
  const add = (line: string, isFirst: boolean) => {
    const element: CardElement = {
      type: 'RichTextBlock',
      inlines: [run(line || ' ')],
      ...(isFirst ? {} : { spacing: 'None' as const }),
    }
    const size = sizeOf(element)
    if (size > room) return false
    room -= size
    elements.push(element)
    return true
  }
  while (left !== '') {
    const end = left.indexOf('\n') < 0 ? left.length : left.indexOf('\n')
    const cut = Math.min(end, end > longestLine ? cutPoint(left, 0, longestLine) : end)
    if (!add(left.slice(0, cut), elements.length === 0)) break
    left = left.slice(left[cut] === '\n' ? cut + 1 : cut)
  }
  const over = lines.filter((line) => left !== '' || line.length > longestLine || !add(line, elements.length === 0))
  return { elements, text: left, lines: over }
}

/** A longer line continues in another block. */
const longestLine = 3_000

function sizeOf(part: unknown): number {
  return Buffer.byteLength(JSON.stringify(part))
}

const styles = { neutral: 'default', info: 'accent', good: 'good', warning: 'warning', bad: 'attention' } as const
