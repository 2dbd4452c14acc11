import { cardUrls, fieldLine, typedButtonLine } from '../../model/card-lines.js'
import type { Card, FileReply, Reply, Tone } from '../../model/reply.js'
import { shorten, splitFirst } from '../../shared/text.js'
import { isTextMediaType, toneEmoji } from '../rendering.js'
import { fence, toStyling } from './styling.js'
import { type Message, textLimit, toLegible } from './wire.js'

/** The contents of a message. */
export type Content = Pick<Message, 'body' | 'unstyled'>

/** Renders a reply as a message. */
export function render(reply: Reply): Content {
  const { body, unstyled } = draw(reply)
  return { body: keepFromBots(toLegible(body)).trimEnd() || '(no text)', unstyled }
}

/** The part of a card that does not fit into its message. */
export function cardOverflow(card: Card): string {
  return splitFirst(drawCard(card), textLimit)[1]
}

function draw(reply: Reply): Content {
  const { tone = 'neutral' } = reply
  if (reply.kind === 'file') return drawFile(reply)
  if (reply.kind === 'card')
    return { body: withTone(splitFirst(drawCard(reply.card), textLimit)[0], tone), unstyled: true }
  const isHtml = reply.format === 'html'
  return { body: withTone(isHtml ? toStyling(reply.text) : reply.text, tone), unstyled: !isHtml }
}

function withTone(text: string, tone: Tone): string {
  return toneEmoji[tone] + text
}

function drawCard(card: Card): string {
  const { title, text = '', fields = [], buttons = [] } = card
  const inFields = new Set(fields.map(({ url }) => url))
  const links = cardUrls(card).filter((url) => !inFields.has(url))
  const facts = fields.map((field) => toneEmoji[field.tone ?? 'neutral'] + fieldLine(field))
  const lines = [title.trim() || '(no title)', ...links, text, ...facts, ...buttons.map(typedButtonLine)]
  return lines.filter((line) => line.trim() !== '').join('\n')
}

/** Rooms accept files only as links, so the beginning of a text file is shown, and only the name of other files. */
function drawFile({ name, type, content, text }: FileReply): Content {
  const bytes = Buffer.from(content, 'base64')
  const head = [text && shorten(text, 500), shorten(name, 200)].filter(Boolean).join('\n')
  if (!isTextMediaType(type) || bytes.length === 0) return { body: `${head} (${bytes.length} bytes)`, unstyled: true }
  const [shown, left] = splitFirst(bytes.toString('utf8'), textLimit - head.length - 100)
  return { body: `${head}${left ? ` (${bytes.length} bytes), the beginning:` : ':'}\n${fence(shown)}`, unstyled: false }
}

/** Puts a space before what other bots would obey as a command, because anybody can make our bot say it. */
function keepFromBots(text: string): string {
  return /^[!/]\p{L}/u.test(text) ? ` ${text}` : text
}
