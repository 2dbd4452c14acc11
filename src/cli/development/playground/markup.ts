import { escapeHtml } from '../../../model/reply.js'
import { decodeEntities } from '../../../platforms/html-entities.js'
import { isHttpUrl } from '../../../shared/url.js'

/** How a service reads the signs in a text, for a preview: only what our own encoders write is understood. */
interface Markup {
  readonly marks: Readonly<Record<string, Mark>>
  /** What stands for a link, with its groups `url` and `label`. */
  readonly link?: RegExp
  /** True where a backslash keeps a sign from meaning anything. */
  readonly hasEscapes?: boolean
  /** True where entities stand for signs. */
  readonly isEscaped?: boolean
  /** True where a backtick stands for itself. */
  readonly hasNoCode?: boolean
}

interface Mark {
  readonly before: string
  readonly behind: string
}

const bold: Mark = { before: '<b>', behind: '</b>' }
const italic: Mark = { before: '<i>', behind: '</i>' }
const strike: Mark = { before: '<span style="text-decoration: line-through">', behind: '</span>' }
const underline: Mark = { before: '<span style="text-decoration: underline">', behind: '</span>' }

const slack: Markup = {
  marks: { '*': bold, _: italic, '~': strike },
  link: /<(?<url>[^<>|\n]+)(?:\|(?<label>[^<>\n]*))?>/,
  isEscaped: true,
}
const slackText: Markup = { ...slack, marks: {}, hasNoCode: true }
const commonMark = { link: /\[(?<label>(?:\\.|[^\]\\\n])*)\]\((?<url>[^()\s]+)\)/, hasEscapes: true } as const
const discord: Markup = { ...commonMark, marks: { '**': bold, __: underline, '~~': strike, '*': italic } }
const mattermost: Markup = {
  ...commonMark,
  isEscaped: true,
  marks: { '**': bold, '~~': strike, '*': italic, _: italic },
}
const xmpp: Markup = { marks: { '*': bold, _: italic, '~': strike } }

/** A text of Slack's as HTML. */
export const fromSlack = (text: string) => toHtml(text, slack)
/** A text of Slack's in which signs stand for themselves, as HTML. */
export const fromSlackText = (text: string) => toHtml(text, slackText)
/** A text of Discord's as HTML. */
export const fromDiscord = (text: string) => toHtml(text, discord)
/** A text of Mattermost's as HTML. */
export const fromMattermost = (text: string) => toHtml(text, mattermost)
/** A text of XMPP's message styling as HTML. */
export const fromXmpp = (text: string) => toHtml(text, xmpp)
/** Text that no service reads any sign in. */
export const fromPlain = (text: string) => escapeHtml(text)

/** Blocks of code are whole lines; all between them is read sign by sign. */
function toHtml(text: string, markup: Markup): string {
  if (markup.hasNoCode) return inline(text, markup)
  const parts = text.split(/(?:^|\n)?```\n?([\s\S]*?)\n?```\n?/)
  return parts.map((part, at) => (at % 2 === 1 ? `<pre>${shown(part, markup)}</pre>` : inline(part, markup))).join('')
}

function inline(text: string, markup: Markup): string {
  const pattern = patternOf(markup)
  let html = ''
  let from = 0
  for (const match of text.matchAll(pattern)) {
    html += shown(text.slice(from, match.index), markup) + token(match.groups ?? {}, markup)
    from = match.index + match[0].length
  }
  return html + shown(text.slice(from), markup)
}

/** Word joiners, which nobody sees, keep a sign from being one. */
function patternOf({ marks, link, hasEscapes, hasNoCode }: Markup): RegExp {
  const signs = Object.keys(marks)
    .toSorted((a, b) => b.length - a.length)
    .map((sign) => sign.replaceAll('*', '\\*'))
  const marked = `(?<![\\p{L}\\p{N}\u2060])(?<sign>${signs.join('|')})(?=[^\\s\u2060])(?<marked>(?:\\\\.|[^\\n])*?[^\\s\\\\\u2060])\\k<sign>(?![\\p{L}\\p{N}])`
  const kinds = [
    hasEscapes ? '\\\\(?<escaped>[^\\p{L}\\p{N}\\s])' : '',
    hasNoCode ? '' : '`(?<code>[^`\\n]+)`',
    link?.source ?? '',
    signs.length > 0 ? marked : '',
  ]
  return new RegExp(kinds.filter(Boolean).join('|'), 'gu')
}

function token(groups: Readonly<Record<string, string | undefined>>, markup: Markup): string {
  const { escaped, code, url, label, sign = '', marked } = groups
  if (escaped !== undefined) return escapeHtml(escaped)
  if (code !== undefined) return `<code>${shown(code, markup)}</code>`
  if (url !== undefined) return anchor(url, label, markup)
  const { before = '', behind = '' } = markup.marks[sign] ?? {}
  return before + inline(marked ?? '', markup) + behind
}

function anchor(url: string, label: string | undefined, markup: Markup): string {
  const address = markup.isEscaped ? decodeEntities(url) : url
  const name = label === undefined || label === '' ? shown(url, markup) : inline(label, markup)
  return isHttpUrl(address) ? `<a href="${escapeHtml(address)}">${name}</a>` : `<b>${name}</b>` // somebody who is mentioned
}

function shown(text: string, { isEscaped }: Markup): string {
  return escapeHtml(isEscaped ? decodeEntities(text) : text)
}
