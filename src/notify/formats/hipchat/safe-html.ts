import { escapeHtml } from '../../../model/reply.js'
import { attributeOf } from '../../../platforms/html-entities.js'
import { createHtmlPattern, voidElements } from '../../../shared/html-pattern.js'

/**
 * Makes a sender's HTML, or text sent as HTML, safe: keeps harmless formatting tags with harmless attributes and shows all
 * other tags, and any stray `<`, as text. If there is no tag at all, line ends are kept.
 */
export function toSafeHtml(html: string): string {
  let isMarked = false
  const parts = Array.from(html.matchAll(createHtmlPattern()), ([token, close = '', name = '', attributes = '']) => {
    if (token.startsWith('<!--')) return token.endsWith('-->') ? '' : escapeSigns(token)
    if (name === '') return escapeSigns(token)
    const tag = toTag(name.toLowerCase(), close, attributes)
    isMarked ||= tag !== undefined
    return tag ?? escapeSigns(token)
  })
  const safe = parts.join('')
  return isMarked ? safe : safe.trimEnd().replace(/\r?\n/g, '<br>')
}

/** Text outside tags may contain entities. */
function escapeSigns(text: string): string {
  return text.replace(/[<>]/g, escapeHtml)
}

function toTag(name: string, close: string, attributes: string): string | undefined {
  if (!elements.has(name) || !wellFormed.test(attributes)) return undefined
  if (close) return voidElements.has(name) ? `<${name}>` : `</${name}>`
  return `<${name}${(kept[name] ?? []).map((attribute) => keep(attribute, attributes)).join('')}>`
}

function keep(name: string, attributes: string): string {
  const value = attributeOf(attributes, name)
  return value === undefined || !isHarmless(name, value) ? '' : ` ${name}="${escapeHtml(value)}"`
}

function isHarmless(name: string, value: string): boolean {
  if (name === 'href') return /^(?:https?:\/\/|mailto:)/i.test(value)
  if (name === 'src') return /^https?:\/\//i.test(value)
  return name !== 'style' || /^[\w\s:;#%.,-]*$/.test(value)
}

/** `a <b and c> d` is not a tag. */
const wellFormed = /^(?:\s+[a-z][\w:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*\s*\/?$/i

const elements = new Set(
  (
    'a abbr b big blockquote br center code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre ' +
    's samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul'
  ).split(' '),
)

const kept: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  img: ['src', 'alt', 'width', 'height'],
  span: ['style'],
  td: ['colspan', 'rowspan'],
  th: ['colspan', 'rowspan'],
}
