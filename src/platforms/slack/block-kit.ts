import type { Card, CardButton, CardField } from '../../model/reply.js'
import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { nonHttpUrls, toneEmoji } from '../rendering.js'
import { cutMarked, escapeText, plainText, toLink } from './mrkdwn.js'
import type { Block, Button, Image, MarkedText, PlainText } from './wire-message.js'

/** A card in blocks, within their limits. https://docs.slack.dev/reference/block-kit/blocks */
export function renderCard(card: Card): readonly Block[] {
  const { image, title, fields = [], buttons = [] } = card
  const pressable = buttons.filter(isPressable)
  const others = buttons.filter((button) => !isPressable(button))
  const lines = [...others.map(sayButton), ...nonHttpUrls(card).map(escapeText)]
  return [
    ...drawHead(card),
    ...inGroups(fields, 10).map((group): Block => ({ type: 'section', fields: group.map(drawField) })),
    ...(isHttpUrl(image) ? [{ ...drawImage(image, title), type: 'image' } as const] : []),
    ...inGroups(pressable, 25).map((group, row): Block => ({ type: 'actions', elements: group.map(drawButton(row)) })),
    ...lines.map((line): Block => ({ type: 'context', elements: [marked(line, 2_900)] })),
  ].slice(0, 50)
}

/** A button as a line, for where it cannot be pressed. */
export function sayButton({ label, command, url }: CardButton): string {
  const leads = isHttpUrl(url) ? toLink(url, '') : escapeText(url ?? '')
  return `${escapeText(label)}: ${command ? `\`${escapeText(command)}\`` : leads}`
}

/** A field as text: its label in bold, its value below. */
export function nameField({ label, value, url, tone }: CardField): string {
  return `*${escapeText(label)}*\n${tone ? toneEmoji[tone] : ''}${toLink(url, value)}`
}

/** A header takes no link and no picture: with either the title is a section's first line. */
function drawHead({ title, text, url, icon }: Card): readonly Block[] {
  const shown = title.trim() || '(no title)'
  const body = text?.trim() ? escapedPieces(text).map((piece): Block => section(piece)) : []
  if (!isHttpUrl(url) && !isHttpUrl(icon) && shown.length <= 150) {
    return [{ type: 'header', text: drawPlain(shown, 150) }, ...body]
  }
  return [section(`*${toLink(url, shown)}*`, isHttpUrl(icon) ? drawImage(icon, shown) : undefined), ...body]
}

function section(text: string, accessory?: Image): Block {
  return { type: 'section', text: marked(text, 3_000), ...(accessory ? { accessory } : {}) }
}

/** Pieces that are short enough for a section even where every sign grows by its escape. */
function escapedPieces(text: string): readonly string[] {
  const pieces: string[] = ['']
  for (const line of text.split(/(?<=\n)/)) {
    const escaped = escapeText(line)
    const last = pieces.at(-1) ?? ''
    if (last.length + escaped.length <= 3_000) pieces[pieces.length - 1] = last + escaped
    else pieces.push(...(escaped.length <= 3_000 ? [escaped] : inLetters(line)))
  }
  return pieces.filter((piece) => piece.trim() !== '')
}

function inLetters(line: string): readonly string[] {
  return inGroups([...line], 590).map((letters) => escapeText(letters.join('')))
}

function drawField(field: CardField): MarkedText {
  return marked(nameField(field), 2_000)
}

function drawImage(url: string, title: string): Image {
  return { type: 'image', image_url: url, alt_text: shorten(plainText(title), 1_900) || 'image' }
}

function drawButton(row: number) {
  return ({ label, command, url, tone }: CardButton, place: number): Button => ({
    type: 'button',
    action_id: `button-${row}-${place}`,
    text: drawPlain(label, 75),
    ...(command ? { value: command } : {}),
    ...(isHttpUrl(url) && !command ? { url } : {}),
    ...(tone === 'good' ? { style: 'primary' } : tone === 'bad' ? { style: 'danger' } : {}),
  })
}

function isPressable({ label, command, url }: CardButton): boolean {
  if (label.trim() === '') return false
  return command ? command.length <= 2_000 : isHttpUrl(url) && url.length <= 3_000
}

function drawPlain(text: string, limit: number): PlainText {
  return { type: 'plain_text', text: shorten(plainText(text), limit), emoji: false }
}

function marked(text: string, limit: number): MarkedText {
  return { type: 'mrkdwn', text: cutMarked(text, limit), verbatim: true }
}

function inGroups<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size))
}
