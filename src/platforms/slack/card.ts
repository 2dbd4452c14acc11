import { buttonLine, fieldLine } from '../../model/card-lines.js'
import type { Card, CardButton, CardField } from '../../model/reply.js'
import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { nonHttpUrls, toneEmoji } from '../rendering.js'
import { type CardPart, placeParts, sizeOf } from './fit-parts.js'
import { cutMarked, escapeCode, escapeMrkdwn, plainText, toLink } from './mrkdwn.js'
import { drawText, marked, section } from './sections.js'
import type { Block, Button, Image, MarkedText, PlainText } from './wire-message.js'

/** A card as blocks, and the rest as text. */
export interface DrawnCard {
  readonly blocks: readonly Block[]
  readonly left: string
}

/** Renders a card within the limits of blocks. https://docs.slack.dev/reference/block-kit/blocks */
export function drawCard(card: Card): DrawnCard {
  const { title, text = '', image, buttons = [] } = card
  const head = drawHead(card)
  const picture = isPicture(image) ? [{ ...drawImage(image, title), type: 'image' } as const] : []
  const room = longestCard - sizeOf([head, picture])
  // Buttons get their space before a long text takes it.
  const pressed = placeParts(buttons.filter(isPressable).map(drawButton), mostButtons, room / 4)
  const lines = placeParts(drawLines(card), mostLines, room / 4)
  const wanted = (card.fields ?? []).map(drawField)
  const left = room - pressed.size - lines.size
  const body = drawText(text, Math.max(Math.min(left, 3_000), left - sizeOf(wanted.map(({ drawn }) => drawn))))
  const fields = placeParts(wanted, mostFields, left - sizeOf(body.blocks))
  const over = [leftOfHead(card), body.left, ...fields.left, ...pressed.left, ...lines.left]
  return {
    blocks: [
      ...head,
      ...body.blocks,
      ...inGroups(fields.shown, 10).map((group): Block => ({ type: 'section', fields: group })),
      ...picture,
      ...inGroups(pressed.shown, 25).map((group, row): Block => ({ type: 'actions', elements: group.map(named(row)) })),
      ...lines.shown.map((line): Block => ({ type: 'context', elements: [line] })),
    ],
    left: over.filter(Boolean).join('\n'),
  }
}

/** An undocumented limit for all blocks of a message. https://github.com/slackapi/bolt-js/issues/2509 */
const longestCard = 12_000
/** With the text, there are at most 50 blocks. */
const [mostFields, mostButtons, mostLines] = [100, 125, 20]

/** A button as a line, where it cannot be pressed. */
export function sayButton({ label, command, url }: CardButton): string {
  const leads = isHttpUrl(url) ? toLink(url, '') : escapeMrkdwn(url ?? '')
  return `${escapeMrkdwn(label)}: ${command ? `\`${escapeCode(command)}\`` : leads}`
}

/** A field as text: its label in bold, its value below. */
export function nameField({ label, value, url, tone }: CardField): string {
  const name = label.trim() === '' ? '' : `*${escapeMrkdwn(label.trim())}*\n`
  return `${name}${tone ? toneEmoji[tone] : ''}${toLink(url, value)}`
}

/** A header supports no link and no image, so with either the title is a section's first line. */
function drawHead({ title, url, icon }: Card): readonly Block[] {
  const shown = title.trim() || '(no title)'
  const accessory = isPicture(icon) ? drawImage(icon, shown) : undefined
  const linked = isHttpUrl(url) ? `*${toLink(url, shown)}*` : undefined
  if (linked !== undefined && linked.length <= longestText) return [section(linked, accessory)]
  if (!accessory && shown.length <= 150) return [{ type: 'header', text: drawPlain(shown, 150) }]
  return [section(cutMarked(`*${escapeMrkdwn(shown)}*`, longestText), accessory)]
}

/** A title too long for a section, or an address too long for a link or an image. */
function leftOfHead({ title, url, image }: Card): string {
  const shown = title.trim()
  const left = [
    `*${escapeMrkdwn(shown)}*`.length > longestText ? shown : '',
    isHttpUrl(url) && `*${toLink(url, shown || '(no title)')}*`.length > longestText ? url : '',
    isHttpUrl(image) && !isPicture(image) ? image : '',
  ]
  return left.filter(Boolean).join('\n')
}

const longestText = 3_000

function drawField(field: CardField): CardPart<MarkedText> {
  const linked = nameField(field)
  const { url: _, ...unlinked } = field
  const text = linked.length <= longestField ? linked : cutMarked(nameField(unlinked), longestField)
  return { drawn: marked(text || '\u200b'), line: fieldLine(field), isWhole: text === linked }
}

const longestField = 2_000

function drawLines(card: Card): readonly CardPart<MarkedText>[] {
  const { buttons = [] } = card
  const unpressed = buttons.filter((button) => !isPressable(button))
  return [
    ...unpressed.map((button) => drawLine(sayButton(button), buttonLine(button))),
    ...nonHttpUrls(card).map((url) => drawLine(escapeMrkdwn(url), url)),
  ]
}

function drawLine(text: string, line: string): CardPart<MarkedText> {
  const shown = cutMarked(text, 2_900)
  return { drawn: marked(shown), line, isWhole: shown === text }
}

/** The service refuses a card with a longer address. */
function isPicture(url: string | undefined): url is string {
  return isHttpUrl(url) && url.length <= 3_000
}

function drawImage(url: string, title: string): Image {
  return { type: 'image', image_url: url, alt_text: shorten(plainText(title), 200) || 'image' }
}

function drawButton(button: CardButton): CardPart<Button> {
  const { label, command, url, tone } = button
  const drawn: Button = {
    type: 'button',
    action_id: 'button',
    text: drawPlain(label, longestLabel),
    ...(command ? { value: command } : {}),
    ...(isHttpUrl(url) && !command ? { url } : {}),
    ...(tone === 'good' ? { style: 'primary' } : tone === 'bad' ? { style: 'danger' } : {}),
  }
  return { drawn, line: buttonLine(button), isWhole: label.length <= longestLabel }
}

const longestLabel = 75

function named(row: number) {
  return (button: Button, place: number): Button => ({ ...button, action_id: `button-${row}-${place}` })
}

function isPressable({ label, command, url }: CardButton): boolean {
  if (label.trim() === '') return false
  return command ? command.length <= 2_000 : isHttpUrl(url) && url.length <= 3_000
}

function drawPlain(text: string, limit: number): PlainText {
  return { type: 'plain_text', text: shorten(plainText(text), limit), emoji: false }
}

function inGroups<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size))
}
