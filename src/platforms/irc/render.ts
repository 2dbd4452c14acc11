import { cardUrls, fieldLine, typedButtonLine } from '../../model/card-lines.js'
import type { Card, FileReply, Reply, Tone } from '../../model/reply.js'
import { toPrintableLines } from '../../shared/printable.js'
import { shorten, splitFirst } from '../../shared/text.js'
import { isTextMediaType, toneEmoji } from '../rendering.js'
import { toText } from './html-to-text.js'

/** Renders a reply as lines of any length. An empty line becomes a space, because servers refuse empty ones. */
export function render(reply: Reply): readonly string[] {
  const lines = toPrintableLines(textOf(reply)).trimEnd().split('\n')
  const shown = lines.map((line) => line.replaceAll('\t', '    ').trimEnd())
  const spaced = shown.filter((line, at) => line !== '' || (at > 0 && shown[at - 1] !== ''))
  return spaced.every((line) => line === '') ? ['(no text)'] : spaced.map(keepFromBots)
}

function textOf(reply: Reply): string {
  if (reply.kind === 'text') return withTone(reply.format === 'html' ? toText(reply.text) : reply.text, reply.tone)
  return reply.kind === 'file' ? drawFile(reply) : withTone(drawCard(reply.card), reply.tone)
}

function withTone(text: string, tone: Tone = 'neutral'): string {
  return toneEmoji[tone] + text
}

function drawCard(card: Card): string {
  const { title, text = '', fields = [], buttons = [] } = card
  const inFields = new Set(fields.map(({ url }) => url))
  const links = cardUrls(card).filter((url) => !inFields.has(url))
  const facts = fields.map((field) => toneEmoji[field.tone ?? 'neutral'] + fieldLine(field))
  const presses = buttons.map(typedButtonLine)
  const lines = [title.trim() || '(no title)', ...links, text, ...inRows(facts), ...inRows(presses)]
  return lines.filter((line) => line.trim() !== '').join('\n')
}

/** Joins short items into one line, because each line takes a second. */
function inRows(items: readonly string[]): readonly string[] {
  const rows: string[] = []
  for (const item of items) {
    const row = rows.at(-1)
    const joined = `${row} · ${item}`
    if (row === undefined || joined.length > longestRow || joined.includes('\n')) rows.push(item)
    else rows[rows.length - 1] = joined
  }
  return rows
}

const longestRow = 200

/** Shows the beginning of a text file, and only the name of other files. */
function drawFile({ name, type, content, text }: FileReply): string {
  const bytes = Buffer.from(content, 'base64')
  const head = [text, shorten(name, 200)].filter(Boolean).join('\n')
  if (!isTextMediaType(type) || bytes.length === 0) return `${head} (${bytes.length} bytes)`
  const [shown, left] = splitFirst(bytes.toString('utf8'), longestFile)
  return `${head}${left ? ` (${bytes.length} bytes), the beginning:` : ':'}\n${shown}`
}

const longestFile = 2_000

/** Puts a space before what other bots would obey as a command, because anybody can make our bot say it. */
function keepFromBots(line: string): string {
  if (line === '') return ' '
  return /^[!.]\p{L}/u.test(line) ? ` ${line}` : line
}
