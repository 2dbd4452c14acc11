import { isHttpUrl } from '../../shared/url.js'
import { attributeOf, decodeEntities } from '../html-entities.js'

/** Escapes text so that it shows as it was typed. URLs stay whole, so that they can be followed. */
export function escapeMarkdown(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>[\]`|*\\"]+)/)
    .map((part, at) => (at % 2 === 1 ? part : escapePart(part)))
    .join('')
}

/** Turns the HTML that commands write into the service's markup; what that does not know is shown without its tags. */
export function toMarkdown(html: string): string {
  const parts: string[] = []
  const atStart = () => parts.at(-1)?.endsWith('\n') ?? true
  const links: string[] = []
  let verbatim = 0
  const write = ([piece = '', closing = '', tag = '', attributes = '']: readonly string[]): string => {
    const name = tag.toLowerCase()
    if (name === '') return verbatim > 0 ? fence(decodeEntities(piece)) : flow(decodeEntities(piece), atStart())
    if (name === 'pre' || name === 'code') {
      verbatim = Math.max(0, verbatim + (closing ? -1 : 1))
      if (name === 'pre') return closing ? '\n```\n' : `${atStart() ? '' : '\n'}\`\`\`\n`
      return verbatim === (closing ? 0 : 1) ? '`' : ''
    }
    if (verbatim > 0) return name === 'br' ? '\n' : ''
    if (name === 'a') return closing ? closeLink(links.pop()) : openLink(attributes, links)
    if (blocks.has(name)) return (atStart() ? '' : '\n') + (closing ? '' : (bullets.get(name) ?? ''))
    return name === 'img' ? (webAddress(attributes, 'src') ?? '') : (signs.get(name) ?? '')
  }
  for (const match of html.matchAll(pieces)) {
    const text = write(match)
    if (text !== '') parts.push(text)
  }
  return parts.join('').trim()
}

const pieces = /<(\/?)([a-z][a-z\d]*)([^<>]*)>|[^<]+|</gi

/** What stands for a tag, on both sides of what it holds. */
const around = { b: '**', strong: '**', i: '*', em: '*', u: '__', s: '~~', del: '~~', strike: '~~' }
const signs = new Map(Object.entries({ ...around, br: '\n', td: ' ', th: ' ' }))

const blocks = new Set(['p', 'div', 'ul', 'ol', 'li', 'table', 'tr', 'blockquote', 'h1', 'h2', 'h3', 'h4'])
const bullets = new Map(Object.entries({ li: '- ', blockquote: '> ', h1: '# ', h2: '## ', h3: '### ' }))

function escapePart(text: string): string {
  return text
    .replace(/[\\*_~`|[\]]|<(?=[@#:/ati])/g, '\\$&')
    .replace(/^([^\S\n]*)([>#+-])/gm, '$1\\$2')
    .replace(/^([^\S\n]*\d+)(?=[.)]\s)/gm, '$1\\')
}

/** Text as HTML has it: spaces are one, and none begins a line. */
function flow(text: string, atStart: boolean): string {
  const joined = text.replace(/\s+/g, ' ')
  return escapeMarkdown(atStart ? joined.trimStart() : joined)
}

/** Nothing in verbatim text ends it. */
function fence(text: string): string {
  return text.replaceAll('`', 'ˋ')
}

function openLink(attributes: string, links: string[]): string {
  const address = webAddress(attributes, 'href') ?? ''
  links.push(address)
  return address ? '[' : ''
}

function closeLink(address: string | undefined): string {
  return address ? `](${address})` : ''
}

/** Only addresses of the web, with nothing in them that would end the link. */
function webAddress(attributes: string, name: string): string | undefined {
  const address = attributeOf(attributes, name)?.trim() ?? ''
  if (!isHttpUrl(address)) return undefined
  return new URL(address).href.replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'))
}
