import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { createLists } from '../html-lists.js'
import { blockElements, type HtmlWriter, walkHtml } from '../walk-html.js'

/** Escapes text as HTML. https://core.telegram.org/bots/api#html-style */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** A link; `label` is already HTML. */
export function link(label: string, url: string): string {
  return `<a href="${escapeText(new URL(url).href)}">${label}</a>`
}

/** Whether the service makes a link of it; local names without a dot would not work for others. */
export function isLinkable(url: string | undefined): url is string {
  return isHttpUrl(url) && /[.:]/.test(new URL(url).hostname)
}

/** The visible length of HTML: tags do not count, an entity counts as one character. */
export function visibleLength(html: string): number {
  return html.replace(/<[^<>]*>/g, '').replace(/&#?\w+;/g, '.').length
}

/**
 * Converts a command's HTML to the few elements that the service supports, properly nested; of others the text stays. Empty
 * elements are left out.
 */
export function toTelegramHtml(html: string): string {
  return walkHtml(html, createWriter())
}

/** An open element with its tag. */
interface Mark {
  readonly name: string
  readonly tag: string
}

function createWriter(): HtmlWriter {
  const parts: string[] = []
  const written: Mark[] = []
  const wanted = new Map<string, { readonly mark: Mark; count: number }>()
  let anchor: Mark | undefined
  let [quotes, lines, blank, bullet] = [0, 0, false, '']
  const lists = createLists()

  /** The marks that the next text needs, outermost first. Code may only be inside a quote. */
  function marks(): readonly Mark[] {
    const quote = quotes > 0 ? [quoteMark] : []
    if (wanted.has('code')) return [...quote, codeMark]
    const around = [...wanted.values()].map(({ mark }) => mark)
    return [...quote, ...around, ...(anchor ? [anchor] : [])]
  }

  function closeTo(depth: number): void {
    while (written.length > depth) parts.push(`</${written.pop()?.name}>`)
  }

  /** Line ends and spaces go outside of marks that begin or end there. */
  function say(html: string, around = marks()): void {
    let kept = 0
    while (kept < written.length && written[kept]?.tag === around[kept]?.tag) kept += 1
    closeTo(kept)
    const isNewLine = parts.length > 0 && lines > 0
    if (isNewLine) parts.push('\n'.repeat(Math.min(lines, 2)))
    else if (parts.length > 0 && blank) parts.push(' ')
    for (const mark of around.slice(kept)) {
      parts.push(mark.tag)
      written.push(mark)
    }
    parts.push(bullet || (isNewLine ? lists.indent() : ''), html)
    lines = 0
    blank = false
    bullet = ''
  }

  function line(count = 1): void {
    lines = Math.max(lines, count)
  }

  function want(name: string, by: 1 | -1): void {
    const element = elements.get(name)
    if (element === undefined) return
    const known = wanted.get(element) ?? { mark: { name: element, tag: `<${element}>` }, count: 0 }
    known.count += by
    if (known.count > 0) wanted.set(element, known)
    else wanted.delete(element)
  }

  return {
    text(given: string): void {
      const said = given.replace(/[ \t\r\n\f]+/g, ' ')
      if (said.startsWith(' ')) blank = true
      if (said.trim() === '') return
      say(escapeText(said.replace(/^ | $/g, '')))
      blank = said.endsWith(' ')
    },
    open(name: string, attributes: string): void {
      if (name === 'br') line(lines + 1)
      if (name === 'img') showImage(attributes)
      if (name === 'hr') {
        line()
        say('———', [])
      }
      if (name === 'a') anchor = toAnchor(attributes)
      if (name === 'blockquote') quotes += 1
      want(name, 1)
      if (blockElements.has(name)) line(name === 'p' ? 2 : 1)
      lists.open(name, attributes)
      if (name === 'li') bullet = lists.item('• ')
    },
    close(name: string): void {
      if (name === 'a') anchor = undefined
      if (name === 'blockquote') quotes = Math.max(0, quotes - 1)
      want(name, -1)
      lists.close(name)
      if (blockElements.has(name)) line(name === 'p' ? 2 : 1)
      if (name === 'td' || name === 'th') blank = true
    },
    block(text: string): void {
      const code = text.replace(/^\r?\n/, '').trimEnd()
      if (code === '') return
      line()
      say(escapeText(code), [preMark])
      line()
    },
    end(): string {
      closeTo(0)
      return parts.join('').trim()
    },
  }

  function showImage(attributes: string): void {
    const [source, alt] = [attributeOf(attributes, 'src')?.trim(), attributeOf(attributes, 'alt')]
    const label = escapeText(alt || 'image')
    if (isLinkable(source)) say(link(label, source), quotes > 0 ? [quoteMark] : [])
    else if (alt) say(label)
  }
}

const quoteMark: Mark = { name: 'blockquote', tag: '<blockquote>' }
const codeMark: Mark = { name: 'code', tag: '<code>' }
const preMark: Mark = { name: 'pre', tag: '<pre>' }

/** The service's element for each supported one. */
const elements: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ b: 'b', strong: 'b', i: 'i', em: 'i', u: 'u', ins: 'u', s: 's', strike: 's', del: 's', code: 'code' },
    ...{ h1: 'b', h2: 'b', h3: 'b', h4: 'b', h5: 'b', h6: 'b', th: 'b', dt: 'b' },
  }),
)

function toAnchor(attributes: string): Mark | undefined {
  const address = attributeOf(attributes, 'href')?.trim()
  return isLinkable(address) ? { name: 'a', tag: `<a href="${escapeText(new URL(address).href)}">` } : undefined
}
