import { anyName, createMentionGuard } from '../../shared/mention-guard.js'

/**
 * Text as Markdown that shows it as it was typed: https://docs.mattermost.com/end-user-guide/collaborate/format-messages.html
 * Addresses are left alone, so that they stay links. Only signs that every client takes for escaped get a backslash; the
 * others become entities.
 */
export function escapeMarkdown(text: string): string {
  return text
    .split(/\r\n?|\n/)
    .map(escapeLine)
    .join('\n')
}

/** Text in a code block, with a fence that nothing in it can end. */
export function fence(text: string): string {
  const inner = text.replace(/`{100}/g, '$&\u200b') // a longer run would make a fence that no post has room for
  const ticks = '`'.repeat(Math.max(3, longestRun(inner) + 1))
  return `${ticks}\n${inner}\n${ticks}`
}

/** A link; `label` is Markdown already. */
export function link(label: string, url: string): string {
  return `[${label}](${url
    .replace(/[\s<>\\]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')})`
}

/**
 * The server wakes everybody for `@all`, `@channel` and `@here`, escaped or not, and reads Slack's marks for the same where
 * it takes what was made for Slack.
 */
export function suppressMentions(text: string): string {
  return withoutSlackMarks(guard(text))
}

/** The same in a block of code, where addresses lead nowhere: it gets no longer. */
export function suppressMentionsInCode(code: string): string {
  return withoutSlackMarks(guard(code, true))
}

function withoutSlackMarks(text: string): string {
  return text.replace(/<(?=!)/g, '＜')
}

/** The same for whoever is called by name. */
export function suppressAllMentions(text: string): string {
  return suppressMentions(guardAll(text))
}

const guard = createMentionGuard(['all', 'channel', 'here'])
const guardAll = createMentionGuard([anyName])

function escapeLine(line: string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? ''
  const rest = line.slice(indent.length)
  return keepIndent(indent) + escapeStart(rest.split(address).map(escapePart).join(''))
}

/** Every second part of a split is what split it, an address; the first has none in front of it. */
function escapePart(part: string, index: number): string {
  if (index % 2 === 1) return part
  const escaped = part.replace(/\S+/g, escapeWord)
  return index > 0 ? escaped.replace(/^\S*?(?=\\|&#?\w+;)/, `$&${addressEnd}`) : escaped
}

/** In what a client takes for an address an escape would be seen: then it begins like none. */
function escapeWord(word: string): string {
  const escaped = word.replace(signs, (sign) => entities[sign] ?? `\\${sign}`)
  if (escaped === word) return word
  return escaped
    .replace(/(?<=[a-z][a-z\d.+-]*):(?=[\p{L}\d%/])/giu, '&#58;')
    .replace(/(?<=www\d{0,3})\./gi, '&#46;')
    .replace(/(?<=[\p{L}\d]\.\p{L}{2,4})\//gu, '&#47;')
}

/** A blank of no width: it ends an address. */
const addressEnd = '\ufeff'

const address = /(https?:\/\/[\w\-./?&=%#~:+,;@!$']+)/i
/** An underscore between letters means nothing; a `&` only where an entity would begin. */
const signs = /[\\`*~[\]<$]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g
const entities: Readonly<Record<string, string>> = { '<': '&lt;', '&': '&amp;' }

/** What would make a heading, quote, list, rule or table of a line, or a heading of the line before. */
function escapeStart(line: string): string {
  if (/^[\s|:=-]+$/.test(line)) return line.replace('-', '\\-').replace('=', '&#61;')
  return line.replace(/^(?=#{1,6}(?:\s|$)|>|[-+](?:\s|$))/, '\\').replace(/^(\d{1,9})(?=[.)](?:\s|$))/, '$1\\')
}

/** Four spaces would begin a code block. */
function keepIndent(indent: string): string {
  const spaces = indent.replace(/\t/g, '    ')
  return spaces.length < 4 ? spaces : '\u00a0'.repeat(spaces.length)
}

/** The most backticks that stand side by side. */
function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
