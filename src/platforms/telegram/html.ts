import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { createLists } from '../html-lists.js'
import { blockElements, type HtmlWriter, walkHtml } from '../walk-html.js'

/** Text as HTML that shows it as it was typed. https://core.telegram.org/bots/api#html-style */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** A link; `label` is HTML already. */
export function link(label: string, url: string): string {
  return `<a href="${escapeText(new URL(url).href)}">${label}</a>`
}

/** Whether the service makes a link of it: names without a dot, as of this machine, lead nowhere for others. */
export function isLinkable(url: string | undefined): url is string {
  return isHttpUrl(url) && /[.:]/.test(new URL(url).hostname)
}

/** How much of HTML that is sent people see: tags count for nothing, entities for one. */
export function visibleLength(html: string): number {
  return html.replace(/<[^<>]*>/g, '').replace(/&#?\w+;/g, '.').length
}

/**
 * A command's HTML as the few elements that the service knows, nested as it wants them; of others the text stays. Nothing
 * is left open, and what holds nothing is left out.
 */
export function toTelegramHtml(html: string): string {
  return walkHtml(html, createWriter())
}

/** An element that is sent, by its name, with its opening tag. */
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

  /** What has to stand around what comes next, from the outside. Code stands in nothing but a quote. */
  function marks(): readonly Mark[] {
    const quote = quotes > 0 ? [quoteMark] : []
    if (wanted.has('code')) return [...quote, codeMark]
    const around = [...wanted.values()].map(({ mark }) => mark)
    return [...quote, ...around, ...(anchor ? [anchor] : [])]
  }

  function closeTo(depth: number): void {
    while (written.length > depth) parts.push(`</${written.pop()?.name}>`)
  }

  /** Line ends and blanks stand outside of what begins or ends there. */
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

/** The service's element for each that a command may use. */
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
