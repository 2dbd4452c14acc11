import { isHttpUrl } from '../../shared/url.js'
import { attributeOf, decodeEntities } from '../html-entities.js'
import { escapeMarkdown, fence, link, longestRun } from './markdown.js'

/** A command's HTML as Markdown: what Markdown cannot say is said as text. */
export function toMarkdown(html: string): string {
  const out: Piece = { text: '', close: '' }
  const open: Piece[] = [out]
  const top = () => open.at(-1) ?? out
  let at = 0
  for (const match of html.matchAll(tags)) {
    top().text += words(html.slice(at, match.index), open)
    at = match.index + match[0].length
    const [, closing, tag = '', attributes = ''] = match
    if (closing) close(tag.toLowerCase())
    else begin(tag.toLowerCase(), attributes)
  }
  top().text += words(html.slice(at), open)
  while (open.length > 1) fold()
  return tidy(out.text)

  function begin(tag: string, attributes: string): void {
    if (tag === 'br') top().text += '\n'
    else if (isVerbatim(open))
      return // nothing means anything there
    else if (tag === 'hr') top().text += '\n\n---\n\n'
    else if (tag === 'img') top().text += image(attributes)
    else if (Object.hasOwn(pairs, tag)) open.push({ text: '', close: tag, url: attributeOf(attributes, 'href') })
    else if (blocks.has(tag)) top().text += '\n'
  }

  function close(tag: string): void {
    if (open.some((piece) => piece.close === tag)) {
      while (top().close !== tag) fold()
      fold()
    } else if (blocks.has(tag)) top().text += '\n'
    else if (tag === 'td' || tag === 'th') top().text += ' '
  }

  function fold(): void {
    const piece = open.pop()
    if (piece) top().text += (pairs[piece.close] ?? plain)(piece.text, piece.url)
  }
}

interface Piece {
  text: string
  /** The tag that ends it. */
  readonly close: string
  readonly url?: string | undefined
}

/** None is looked for further than the next begins, or a comment ends. */
const tags = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^"'<>])*)>/gi
const blocks = new Set(['p', 'div', 'ul', 'ol', 'table', 'tr', 'dl', 'dt', 'dd', 'section', 'article'])

/** Signs stand at the words, not at the spaces around them, or they would mean nothing. */
const around = (sign: string) => (text: string) => text.replace(/\S(?:[\s\S]*\S)?/, (inner) => `${sign}${inner}${sign}`)
const plain = (text: string) => text
const heading = (text: string) => `\n#### ${text.trim()}\n`

const pairs: Readonly<Record<string, (text: string, url?: string) => string>> = {
  b: around('**'),
  strong: around('**'),
  i: around('*'),
  em: around('*'),
  s: around('~~'),
  del: around('~~'),
  code: (text) => code(text),
  pre: (text) => `\n${fence(text.replace(/^\n|\n$/g, ''))}\n`,
  a: (text, url) => (isHttpUrl(url) ? link(text || escapeMarkdown(url), url) : text),
  li: (text) => `\n- ${text.trim().replace(/\n/g, '\n  ')}`,
  blockquote: (text) => `\n${text.trim().replace(/^/gm, '> ')}\n\n`,
  h1: heading,
  h2: heading,
  h3: heading,
  h4: heading,
  h5: heading,
  h6: heading,
}

/** What stands in a code block or span is not escaped, and its line ends are kept. */
function words(text: string, open: readonly Piece[]): string {
  return isVerbatim(open) ? decodeEntities(text) : escapeMarkdown(decodeEntities(text.replace(/\s+/g, ' ')))
}

function isVerbatim(open: readonly Piece[]): boolean {
  return open.some(({ close }) => close === 'pre' || close === 'code')
}

function code(text: string): string {
  if (text.includes('\n') || text === '') return text
  const ticks = '`'.repeat(longestRun(text) + 1)
  return ticks.length > 1 ? `${ticks} ${text} ${ticks}` : `\`${text}\``
}

function image(attributes: string): string {
  const source = attributeOf(attributes, 'src')
  const label = escapeMarkdown(attributeOf(attributes, 'alt') ?? 'image')
  return isHttpUrl(source) ? `!${link(label, source)}` : label
}

function tidy(text: string): string {
  return text
    .replace(/[ ]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
