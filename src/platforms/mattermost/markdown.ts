import { anyName, createMentionGuard } from '../../shared/mention-guard.js'

/**
 * Escapes text as Markdown: https://docs.mattermost.com/end-user-guide/collaborate/format-messages.html Addresses stay as they
 * are, so that they remain links. Characters that every client unescapes get a backslash; the others become entities.
 */
export function escapeMarkdown(text: string): string {
  return text
    .split(/\r\n?|\n/)
    .map(escapeLine)
    .join('\n')
}

/** A code block with a fence that its content cannot end. */
export function fence(text: string): string {
  const inner = text.replace(/`{100}/g, '$&\u200b') // a longer run would need a fence that exceeds the post
  const ticks = '`'.repeat(Math.max(3, longestRun(inner) + 1))
  return `${ticks}\n${inner}\n${ticks}`
}

/** A link; `label` is already Markdown. */
export function link(label: string, url: string): string {
  return `[${label}](${url
    .replace(/[\s<>\\]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')})`
}

/**
 * Defuses `@all`, `@channel` and `@here`, which notify everybody even if escaped, and Slack's syntax for them, which the server
 * accepts where it is compatible with Slack.
 */
export function suppressMentions(text: string): string {
  return withoutSlackMarks(guard(text))
}

/** The same in a code block, where addresses are no links; it does not get longer. */
export function suppressMentionsInCode(code: string): string {
  return withoutSlackMarks(guard(code, true))
}

function withoutSlackMarks(text: string): string {
  return text.replace(/<(?=!)/g, '＜')
}

/** The same for mentions of people. */
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

/** The parts at odd indexes of a split are addresses. */
function escapePart(part: string, index: number): string {
  if (index % 2 === 1) return part
  const escaped = part.replace(/\S+/g, escapeWord)
  return index > 0 ? escaped.replace(/^\S*?(?=\\|&#?\w+;)/, `$&${addressEnd}`) : escaped
}

/** Where a client sees an address, an escape would be visible, so its beginning is changed instead. */
function escapeWord(word: string): string {
  const escaped = word.replace(signs, (sign) => entities[sign] ?? `\\${sign}`)
  if (escaped === word) return word
  return escaped
    .replace(/(?<=[a-z][a-z\d.+-]*):(?=[\p{L}\d%/])/giu, '&#58;')
    .replace(/(?<=www\d{0,3})\./gi, '&#46;')
    .replace(/(?<=[\p{L}\d]\.\p{L}{2,4})\//gu, '&#47;')
}

/** A zero-width space ends an address. */
const addressEnd = '\ufeff'

const address = /(https?:\/\/[\w\-./?&=%#~:+,;@!$']+)/i
/** An underscore between letters needs no escape, and `&` only where an entity would begin. */
const signs = /[\\`*~[\]<$]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g
const entities: Readonly<Record<string, string>> = { '<': '&lt;', '&': '&amp;' }

/** Beginnings of lines that would make a heading, quote, list, rule or table. */
function escapeStart(line: string): string {
  if (/^[\s|:=-]+$/.test(line)) return line.replace('-', '\\-').replace('=', '&#61;')
  return line.replace(/^(?=#{1,6}(?:\s|$)|>|[-+](?:\s|$))/, '\\').replace(/^(\d{1,9})(?=[.)](?:\s|$))/, '$1\\')
}

/** Four spaces would begin a code block. */
function keepIndent(indent: string): string {
  const spaces = indent.replace(/\t/g, '    ')
  return spaces.length < 4 ? spaces : '\u00a0'.repeat(spaces.length)
}

/** The longest run of backticks. */
function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
