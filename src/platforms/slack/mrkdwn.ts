import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { attributeOf, decodeEntities } from '../html-entities.js'

/** Text for a place where the service looks for marks: what could wake, link or hide becomes what it looks like. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign)
}

/** Text for a place where the service looks for no marks: what would be one elsewhere is one nowhere. */
export function plainText(text: string): string {
  return text.replace(/<(?=[!@#])/g, '<\u2060')
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Shortens what is escaped and marked: no escape and no mark is cut in two. */
export function cutMarked(text: string, limit: number): string {
  return text.length <= limit ? text : shorten(text, limit).replace(/(?:<[^<>]*|&[a-z]*)…$/, '…')
}

/** Trusted HTML in the service's own markup, as near as it comes. */
export function fromHtml(html: string): string {
  let literal = false
  let linked = false
  const out = html.replace(tokens, (token: string, close: string, tag: string | undefined, attributes: string) => {
    if (tag === undefined) return token.startsWith('<!--') ? '' : escapeText(toPlain(token, literal))
    const element = tag.toLowerCase()
    if (element === 'code' && literal) return ''
    if (element === 'pre') literal = close === ''
    if (element === 'img') return escapeText(attributeOf(attributes, 'alt') ?? '')
    if (element !== 'a') return (close ? closed : opened)[element] ?? ''
    const href = close ? undefined : hrefOf(attributes)
    const end = linked ? '>' : ''
    linked = href !== undefined
    return href === undefined ? end : `${end}<${href}|`
  })
  return (linked ? `${out}>` : out)
    .replace(/[ \t]*\n[ \t]*(?=\n)/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Comments, tags, and what stands between them; none is looked for further than the next begins, or a comment ends. */
const tokens = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-z][a-z0-9]*)\b((?:"[^"]*"|'[^']*'|[^<>"'])*)>|[^<]+|</gi

/** What stands on both sides. */
const around = { b: '*', strong: '*', i: '_', em: '_', s: '~', strike: '~', del: '~', code: '`' }

const opened: Readonly<Record<string, string>> = {
  ...around,
  pre: '```\n',
  br: '\n',
  p: '\n',
  div: '\n',
  h1: '\n*',
  h2: '\n*',
  h3: '\n*',
  li: '\n• ',
  tr: '\n',
  blockquote: '\n',
  hr: '\n',
}

const closed: Readonly<Record<string, string>> = {
  ...around,
  pre: '\n```',
  p: '\n',
  h1: '*\n',
  h2: '*\n',
  h3: '*\n',
  ul: '\n',
  ol: '\n',
  table: '\n',
  td: '  ',
  th: '  ',
}

function toPlain(text: string, literal: boolean): string {
  const plain = decodeEntities(text)
  return literal ? plain : plain.replace(/[ \t\r\n]+/g, ' ')
}

function hrefOf(attributes: string): string | undefined {
  const href = attributeOf(attributes, 'href')
  return href && /^(?:https?:\/\/|mailto:)/i.test(href) ? toAddress(href) : undefined
}

/** A link under its label, where `url` leads to the web: anything else between the marks could wake a room. */
export function toLink(url: string | undefined, label: string): string {
  if (!isHttpUrl(url)) return escapeText(label)
  return label === '' ? `<${toAddress(url)}>` : `<${toAddress(url)}|${escapeText(label)}>`
}

/** The signs that would end an address are written as codes. */
function toAddress(url: string): string {
  return url.replace(/[<>|\s]/g, (sign) => encodeURIComponent(sign)).replace(/&/g, '&amp;')
}
