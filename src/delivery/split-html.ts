import { createHtmlPattern, voidElements } from '../shared/html-pattern.js'
import { graphemeBoundary } from '../shared/text.js'

/**
 * Splits HTML into pieces of at most `limit` characters that are each well-formed: elements open at a cut are closed and
 * reopened after it, with ordered lists continuing their numbers. Cuts at line ends, else at spaces, else between
 * graphemes; never inside a tag or an entity.
 */
export function splitHtml(html: string, limit: number): readonly string[] {
  const tokens = Array.from(html.matchAll(createHtmlPattern()), toToken)
  const parts: string[] = []
  let cut: Cut = { text: '', open: undefined, token: 0, offset: 0 }
  while (cut.token < tokens.length) {
    cut = takePart(tokens, cut, limit)
    parts.push(cut.text + closing(cut.open))
  }
  return parts.filter((part) => /<(?:img|hr)\b/i.test(part) || part.replace(/<[^<>]*>/g, '').trim() !== '')
}

/** A tag, or text or a comment if it has no name. */
interface Token {
  readonly source: string
  readonly name: string | undefined
  readonly isClosing: boolean
}

function toToken({ 0: source, groups = {} }: RegExpMatchArray): Token {
  return { source, name: groups['name']?.toLowerCase(), isClosing: groups['close'] === '/' }
}

/** The end of a part: its text, the elements open there, and where the next part begins. */
interface Cut {
  readonly text: string
  readonly open: Element | undefined
  readonly token: number
  readonly offset: number
}

/** An open element and its ancestors. */
interface Element {
  readonly name: string
  readonly tag: string
  readonly parent: Element | undefined
  readonly depth: number
  /** The length of its and its ancestors' opening and closing tags. */
  readonly opening: number
  readonly closing: number
  /** Number of list items started in it. */
  readonly items: number
}

/** Takes as much as fits, then backs up to the last line end, or to the last space of the second half. */
function takePart(tokens: readonly Token[], given: Cut, limit: number): Cut {
  let open = reopened(renumbered(given.open), limit / 2)
  const head = opening(open)
  let text = head
  let line: Cut | undefined
  let space: Cut | undefined
  const here = (token: number, offset = 0, more = ''): Cut => ({ text: text + more, open, token, offset })
  const best = (cut: Cut) => line ?? (space && space.text.length > limit / 2 ? space : cut)

  for (let at = given.token; at < tokens.length; at++) {
    const { source, name, isClosing } = tokens[at] as Token
    const room = limit - text.length - (open?.closing ?? 0)
    if (name === undefined) {
      if (source.startsWith('<!--')) continue
      const from = at === given.token ? given.offset : 0
      const near = source.slice(from, from + room + longestEntity)
      const end = near.lastIndexOf('\n', room)
      if (end > 0 || (end === 0 && text !== head)) line = here(at, from + end + 1, near.slice(0, end))
      const blank = room > 0 ? near.lastIndexOf(' ', room - 1) + 1 : 0
      if (blank > 0) space = here(at, from + blank, near.slice(0, blank))
      if (near.length > room) {
        const length = wholeSigns(near, room, text === head)
        return best(here(at, from + length, near.slice(0, length)))
      }
      text += near
    } else if (isClosing) {
      const element = closest(open, name)
      if (!element) continue
      text += closing(open, element.parent)
      open = element.parent
      if (blocks.has(name) && text !== head) line = here(at + 1)
    } else {
      if (open && open.name === name && implied.has(name)) {
        text += closing(open, open.parent)
        open = open.parent
      }
      if (text !== head && name === 'br') line = here(at + 1)
      if (text !== head && blocks.has(name)) line = here(at)
      const inside = voidElements.has(name) ? open : enter(open, name, source)
      const taken = text.length + source.length + (inside?.closing ?? 0)
      if (taken > limit && text !== head) return best(here(at))
      if (taken > limit) continue // no part has room for it
      text += source
      open = inside
    }
  }
  return { text, open, token: tokens.length, offset: 0 }
}

/** Elements that end a line. */
const blocks = new Set('p div li tr ul ol table pre blockquote h1 h2 h3 h4 h5 h6 dt dd dl section'.split(' '))

/** Elements that end where the next sibling begins. */
const implied = new Set('li p tr td th dt dd'.split(' '))

/** Elements nested deeper are shown without their tags. */
const deepest = 100

function enter(open: Element | undefined, name: string, tag: string): Element | undefined {
  const depth = (open?.depth ?? 0) + 1
  if (depth > deepest) return open
  const length = name.length + '</>'.length
  return {
    name,
    tag,
    parent: open?.name === 'ol' && name === 'li' ? { ...open, items: open.items + 1 } : open,
    depth,
    opening: (open?.opening ?? 0) + tag.length,
    closing: (open?.closing ?? 0) + length,
    items: 0,
  }
}

/** Ordered lists, numbered so that they continue with the open item or the next one. */
function renumbered(element: Element | undefined, inside?: Element): Element | undefined {
  if (!element) return undefined
  const parent = renumbered(element.parent, element)
  const begun = inside?.name === 'li' ? 1 : 0
  const passed = element.name === 'ol' ? element.items - begun : 0
  const again = enter(parent, element.name, passed > 0 ? startingAt(element.tag, passed) : element.tag)
  return again && { ...again, parent, items: begun }
}

function startingAt(tag: string, passed: number): string {
  const [given = '', number = '1'] = /\s+start\s*=\s*["']?(-?\d+)["']?/i.exec(tag) ?? []
  return tag.replace(given, '').replace(/\s*>$/, ` start="${Number(number) + passed}">`)
}

function closest(open: Element | undefined, name: string): Element | undefined {
  let element = open
  while (element && element.name !== name) element = element.parent
  return element
}

/** The outermost elements to reopen that still leave room for text. */
function reopened(open: Element | undefined, limit: number): Element | undefined {
  let element = open
  while (element && element.opening + element.closing > limit) element = element.parent
  return element
}

function opening(open: Element | undefined): string {
  return open ? opening(open.parent) + open.tag : ''
}

function closing(open: Element | undefined, until?: Element): string {
  let text = ''
  for (let element = open; element && element !== until; element = element.parent) text += `</${element.name}>`
  return text
}

/** How much of a text fits without cutting a grapheme or an entity, unless the part has nothing else. */
function wholeSigns(text: string, room: number, isAlone: boolean): number {
  const entity = text.lastIndexOf('&', room - 1)
  const [torn = ''] = entity < 0 ? [] : (/^&#?\w*;/.exec(text.slice(entity)) ?? [])
  const length = graphemeBoundary(text, entity + torn.length > room ? entity : room)
  return length > 0 || !isAlone ? Math.max(length, 0) : Math.max(room, 1)
}

/** The longest entity name has 31 letters. */
const longestEntity = 40
