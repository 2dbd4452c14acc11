import type { Card, Reply, Tone } from '../model/reply.js'
import { toText } from '../platforms/irc/html-to-text.js'
import { toPrintableLines } from '../shared/printable.js'
import { colorize } from './colors.js'

/** A reply for a terminal, in color if possible. */
export function showReply(reply: Reply): string {
  return toned(plainReply(reply), reply.tone)
}

/** The same without color. */
export function plainReply(reply: Reply): string {
  const aside = reply.audience === 'caller' ? '(only you see this) ' : ''
  return toPrintableLines(`${aside}${textOf(reply)}`)
}

function textOf(reply: Reply): string {
  if (reply.kind === 'text') return reply.format === 'html' ? toText(reply.text) : reply.text
  if (reply.kind === 'card') return cardText(reply.card)
  return [reply.text, `[file ${reply.name}, ${reply.type}]`].filter(Boolean).join('\n')
}

function cardText({ title, text, url, fields = [], buttons = [] }: Card): string {
  const width = Math.max(0, ...fields.map(({ label }) => label.length))
  return [
    title,
    text,
    ...fields.map(({ label, value }) => `  ${label.padEnd(width)}  ${value}`),
    ...buttons.map(({ label, command, url: to }) => `  [${label}] ${command ?? to ?? ''}`),
    url,
  ]
    .filter((line) => line !== undefined)
    .join('\n')
}

const colours = { good: 'green', bad: 'red', warning: 'yellow', info: 'cyan' } as const

function toned(text: string, tone: Tone | undefined): string {
  return !tone || tone === 'neutral' ? text : colorize(colours[tone], text)
}
