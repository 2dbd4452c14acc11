import { attributeOf } from './html-entities.js'
import { createLists } from './html-lists.js'
import { blockElements, type HtmlWriter, walkHtml } from './walk-html.js'

/** The text before and after marked text. */
export interface Mark {
  readonly before: string
  readonly behind: string
}

/** How a service writes markup. */
export interface MarkupDialect {
  /** The markup around an element's content, by the element's name. */
  readonly signs: ReadonlyMap<string, Mark>
  readonly code: Mark
  /** The prefix of an element's line. */
  readonly bullets: ReadonlyMap<string, string>
  /** True if markup next to a letter has no effect: it needs a zero-width space in between. */
  readonly isWordBound: boolean
  /** True if a link's label may contain markup; otherwise the markup goes around the link. */
  readonly marksLabels: boolean
  /** Line ends between two paragraphs. */
  readonly paragraph: number
  /** The text between the cells of a table. */
  readonly cell: string
  /** True if a line after a list or a quote would continue it, so that an empty line is needed. */
  readonly hasLazyLines?: boolean
  /** A horizontal rule. Default: a line end. */
  readonly rule?: string
  escape(text: string): string
  escapeCode(text: string): string
  /** A block of code. */
  fence(text: string): string
  /** The markup around a link's label, and the form of a link without one; undefined for an address that must not be a link. */
  link(attributes: string): (Mark & { readonly bare: string }) | undefined
  image(attributes: string): string
}

/**
 * Converts a command's HTML to a service's own markup; unknown elements are shown without their tags. Markup goes directly
 * around text, not around surrounding spaces or line ends, where it would have no effect. If the result is longer than
 * `limit` characters, markup and links are left out.
 */
export function toMarkup(html: string, dialect: MarkupDialect, limit = Number.POSITIVE_INFINITY): string {
  const marked = convert(html, dialect)
  return marked.length <= limit ? marked : convert(html, { ...dialect, signs: new Map(), link: () => undefined })
}

function convert(html: string, dialect: MarkupDialect): string {
  return walkHtml(html, createWriter(dialect), (attributes) => attributeOf(attributes, 'alt') ?? '')
}

function createWriter(dialect: MarkupDialect): HtmlWriter {
  const parts: string[] = []
  /** Open marks in the output, and how many elements want each. */
  const written: Mark[] = []
  const wanted = new Map<Mark, number>()
  let link: (Mark & { readonly bare: string }) | undefined
  let linked: Mark | undefined
  let [lines, blank, bullet, quotes] = [0, '', '', 0]
  const lists = createLists()
  let last: 'text' | 'before' | 'behind' | 'blank' = 'blank'

  function put(text: string, kind: typeof last): void {
    if (text === '') return
    parts.push(text)
    last = kind
  }

  function want(mark: Mark | undefined, by: number): void {
    if (!mark) return
    const count = (wanted.get(mark) ?? 0) + by
    if (count > 0) wanted.set(mark, count)
    else wanted.delete(mark)
  }

  /** The marks that the next text needs, outermost first. */
  function marks(): readonly Mark[] {
    const around = [...wanted.keys()].filter((mark) => mark !== dialect.code)
    const code = wanted.has(dialect.code) ? [dialect.code] : []
    if (!link) return [...around, ...code]
    return dialect.marksLabels ? [link, ...around, ...code] : [...around, link, ...code]
  }

  function closeTo(depth: number): void {
    while (written.length > depth) put(written.pop()?.behind ?? '', 'behind')
  }

  function breakLine(): void {
    if (parts.length > 0 && lines === 0) return
    closeTo(0)
    if (linked === link) link = undefined // a label has one line; what follows is text
    const quote = quotes > 0 ? '> ' : ''
    put(parts.length === 0 ? quote : `\n${quote}`.repeat(Math.min(lines, 2)), 'blank')
    put(bullet || lists.indent(), 'blank')
    blank = blank.replace(/ /g, '')
    lines = 0
    bullet = ''
  }

  /** Whether a mark here would have no effect, because it is next to a letter. */
  function isBound(): boolean {
    return (
      last === 'behind' || (last === 'text' && dialect.isWordBound && /[\p{L}\p{N}\p{M}]$/u.test(parts.at(-1) ?? ''))
    )
  }

  function say(text: string): void {
    breakLine()
    const all = marks()
    let kept = 0
    while (kept < written.length && written[kept] === all[kept]) kept += 1
    closeTo(kept)
    put(blank, 'blank')
    blank = ''
    for (const mark of all.slice(kept)) {
      if (mark !== link && isBound()) put(joint, 'blank')
      put(mark.before, 'before')
      written.push(mark)
    }
    if (last === 'behind' && dialect.isWordBound && /^[\p{L}\p{N}\p{M}]/u.test(text)) put(joint, 'blank')
    put(text, 'text')
    if (link) linked = link
  }

  function line(count = 1): void {
    blank = ''
    lines = Math.max(lines, count)
  }

  function closeLink(): void {
    if (link && linked !== link) {
      const { bare } = link
      link = undefined
      say(bare)
    }
    link = undefined
  }

  return {
    text(given: string): void {
      const text = given.replace(/[ \t\r\n\f]+/g, ' ')
      const said = text.trim()
      const from = text.length - text.trimStart().length
      add(text.slice(0, from))
      if (said === '') return
      say(wanted.has(dialect.code) ? dialect.escapeCode(said) : dialect.escape(said))
      add(text.slice(from + said.length))
    },
    open(name: string, attributes: string): void {
      if (name === 'br') line(lines + 1)
      if (name === 'hr' && dialect.rule) rule(dialect.rule)
      if (name === 'img') image(dialect.image(attributes))
      if (name === 'a') {
        closeLink()
        link = dialect.link(attributes)
      }
      if (name === 'blockquote') quotes += 1
      want(name === 'code' ? dialect.code : dialect.signs.get(name), 1)
      if (blockElements.has(name)) line(name === 'p' ? dialect.paragraph : 1)
      lists.open(name, attributes)
      const sign = dialect.bullets.get(name)
      if (sign !== undefined) bullet = name === 'li' ? lists.item(sign) : sign
    },
    close(name: string): void {
      if (name === 'a') closeLink()
      if (name === 'blockquote') quotes = Math.max(0, quotes - 1)
      lists.close(name)
      want(name === 'code' ? dialect.code : dialect.signs.get(name), -1)
      if (blockElements.has(name)) line(name === 'p' || endsLazily(name) ? dialect.paragraph : 1)
      if (name === 'td' || name === 'th') add(dialect.cell)
    },
    block(text: string): void {
      const code = text.replace(/^\r?\n/, '').trimEnd()
      if (code === '') return
      const quoted = quotes
      quotes = 0
      line()
      breakLine()
      put(dialect.fence(code).replaceAll('\n', `\n${lists.indent()}`), 'blank')
      line()
      quotes = quoted
    },
    end(): string {
      closeLink()
      closeTo(0)
      return parts.join('').trim()
    },
  }

  function endsLazily(name: string): boolean {
    return dialect.hasLazyLines === true && (name === 'blockquote' || (lists.depth() === 0 && /^[ou]l$/.test(name)))
  }

  function rule(text: string): void {
    line(2)
    breakLine()
    put(text, 'blank')
    line(2)
  }

  function image(text: string): void {
    if (text !== '') say(text)
  }

  function add(spaces: string): void {
    blank += blank.endsWith(' ') && spaces.startsWith(' ') ? spaces.slice(1) : spaces
  }
}

const joint = '\u200b'
