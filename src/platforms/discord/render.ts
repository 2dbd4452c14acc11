import type { Invocation } from '../../model/invocation.js'
import type { Card, CardButton, CardField, FileReply, Reply, TextReply, Tone } from '../../model/reply.js'
import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { toneEmoji } from '../rendering.js'
import { renderButtons } from './buttons.js'
import { escapeMarkdown, toMarkdown } from './markdown.js'
import { type Attachment, type Embed, type Message, type Row, textLimit } from './wire.js'

/** One reply as a message, and the file that goes with it. */
export interface Rendered {
  readonly message: Message
  readonly file?: Attachment
}

/** Renders a reply. `aloud`: it is for the caller, but has to be posted where others read it too. */
export function render(reply: Reply, { user }: Invocation, aloud = false): Rendered {
  const called = aloud || reply.notify === true
  const address = called ? `<@${user.id}> ` : ''
  const { file, ...content } = renderKind(reply)
  return {
    message: {
      content: '',
      embeds: [],
      components: [],
      ...content,
      ...addressed(content, address),
      // What a command echoes notifies nobody.
      allowed_mentions: { parse: [], ...(called ? { users: [user.id] } : {}) },
    },
    ...(file ? { file } : {}),
  }
}

interface Content {
  readonly content?: string
  readonly embeds?: readonly Embed[]
  readonly components?: readonly Row[]
  readonly file?: Attachment
}

/** What has no room beside the address stands below it. */
function addressed({ content = '' }: Content, address: string): Content {
  if (address === '' && content.length <= textLimit) return {}
  if (address.length + content.length <= textLimit) return { content: address + content }
  return { content: address, embeds: [{ description: cut(content, longestDescription) }] }
}

function renderKind(reply: Reply): Content {
  if (reply.kind === 'text') return renderText(reply)
  return reply.kind === 'card' ? renderCard(reply.card, reply.tone) : renderFile(reply)
}

/** Escaping can make a text longer than a message takes; a description takes twice as much. */
function renderText({ text, format, tone }: TextReply): Content {
  const sign = signOf(tone)
  return { content: (sign + (format === 'html' ? toMarkdown(text) : escapeMarkdown(text))).trim() || '(no text)' }
}

function renderCard(card: Card, tone: Tone = 'neutral'): Content {
  const { rows, left } = renderButtons(card.buttons ?? [])
  return { embeds: [drawEmbed(card, tone, left)], components: rows }
}

function drawEmbed(card: Card, tone: Tone, left: readonly CardButton[]): Embed {
  const { title, text = '', url, icon, image, fields = [] } = card
  const undrawn = [url, image].flatMap((one) => (one && !isShort(one) ? [escapeMarkdown(one)] : []))
  const lines = [...fields.slice(mostFields).map(sayField), ...left.map(sayButton), ...undrawn]
  const drawn = fields.slice(0, mostFields).map(drawField)
  const shownTitle = cut(escapeMarkdown(title.trim() || '(no title)'), longestTitle)
  const taken = drawn.reduce((sum, field) => sum + field.name.length + field.value.length, shownTitle.length)
  const whole = [escapeMarkdown(text), ...lines].filter(Boolean).join('\n')
  const fits = taken + whole.length <= longestEmbed
  const description = cut(whole, Math.min(longestDescription, Math.max(1_000, longestEmbed - taken)))
  return {
    title: shownTitle,
    color: colors[tone],
    ...(description ? { description } : {}),
    ...(isShort(url) ? { url } : {}),
    ...(isShort(icon) ? { thumbnail: { url: icon } } : {}),
    ...(isShort(image) ? { image: { url: image } } : {}),
    ...(drawn.length > 0 ? { fields: fits ? drawn : fitFields(drawn, shownTitle.length + description.length) } : {}),
  }
}

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const longestTitle = 256
const longestDescription = 4_096
const longestName = 256
const longestValue = 1_024
const mostFields = 25
const longestEmbed = 6_000

/** All that is written in an embed has one limit together: each field gets its share of what is left. */
function fitFields(fields: readonly Field[], taken: number): readonly Field[] {
  const share = Math.floor((longestEmbed - taken) / fields.length)
  return fields.map(({ name, value, inline }) => {
    const shown = cut(name, Math.max(1, Math.floor(share / 3)))
    return { name: shown, value: cut(value, Math.max(1, share - shown.length)), inline }
  })
}

type Field = NonNullable<Embed['fields']>[number]

function drawField({ label, value, url, tone }: CardField): Field {
  const shown = escapeMarkdown(value) || nothing
  const linked = isShort(url) ? `[${shown}](${linkTarget(url)})` : shown
  return {
    name: cut(escapeMarkdown(label) || nothing, longestName),
    value: signOf(tone) + (linked.length <= longestValue - 4 ? linked : cut(shown, longestValue - 4)),
    inline: value.length <= 40,
  }
}

/** A field must have something in it. */
const nothing = '\u200b'

function sayField({ label, value, url }: CardField): string {
  return `${escapeMarkdown(`${label}: ${value}`)}${url ? ` ${url}` : ''}`
}

/** What has no room on a button is written out, to be typed. */
function sayButton({ label, command, url }: CardButton): string {
  return escapeMarkdown(`${label}: ${command ?? url ?? ''}`)
}

function renderFile({ name, type, content, text, tone }: FileReply): Content {
  const bytes = Buffer.from(content, 'base64')
  const caption = text ? signOf(tone) + escapeMarkdown(text) : ''
  if (bytes.length > largestFile) {
    const note = escapeMarkdown(`${name} (${bytes.length} bytes) is too large here.`)
    return { content: [caption, note].join('\n').trim() }
  }
  return { content: caption, file: { name: cut(name.trim() || 'file', 200), type, bytes } }
}

/** What every guild takes. https://discord.com/developers/docs/reference#uploading-files */
const largestFile = 10 * 1_048_576

/** Longer ones are refused. */
function isShort(url: string | undefined): url is string {
  return isHttpUrl(url) && url.length <= 2_000
}

function linkTarget(url: string): string {
  return new URL(url).href.replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'))
}

/** Shortens between graphemes, not behind what escapes the next, and shows that it did. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : shorten(text, limit).replace(/\\+…$/, '…')
}

function signOf(tone: Tone = 'neutral'): string {
  return toneEmoji[tone]
}

const colors = { neutral: 0x95a5a6, info: 0x3498db, good: 0x2ecc71, warning: 0xf1c40f, bad: 0xe74c3c } as const
