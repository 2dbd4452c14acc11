import { createHtmlPattern, voidElements } from '../shared/html-pattern.js'
import { graphemeBoundary } from '../shared/text.js'

/**
 * Cuts HTML into pieces of at most `limit` characters that each stand by themselves: what is open at a cut is closed there
 * and opened anew behind it, a numbered list with the number that it had come to. Cut is at line ends, else at spaces, else between graphemes; never in a tag or an entity.
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

/** A tag, or where it has no name text or a comment. */
interface Token {
  readonly source: string
  readonly name: string | undefined
  readonly isClosing: boolean
}

function toToken({ 0: source, groups = {} }: RegExpMatchArray): Token {
  return { source, name: groups['name']?.toLowerCase(), isClosing: groups['close'] === '/' }
}

/** Where a part ends: what it says, what is still open there, and at which token, or in the midst of it, the next begins. */
interface Cut {
  readonly text: string
  readonly open: Element | undefined
  readonly token: number
  readonly offset: number
}

/** An open element, and what it stands in. */
interface Element {
  readonly name: string
  readonly tag: string
  readonly parent: Element | undefined
  readonly depth: number
  /** Characters that it and those around it take to open, and to close. */
  readonly opening: number
  readonly closing: number
  /** Items of a list that have begun in it. */
  readonly items: number
}

/** Takes as much as fits, and goes back from there to the last line end, or to the last space of the second half. */
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

/** Elements whose end is a line end. */
const blocks = new Set('p div li tr ul ol table pre blockquote h1 h2 h3 h4 h5 h6 dt dd dl section'.split(' '))

/** Elements that end where the next of them begins. */
const implied = new Set('li p tr td th dt dd'.split(' '))

/** What is nested deeper is shown without its tags. */
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

/** Numbered lists as they go on: at the item that is open, or at the next. */
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

/** What is opened anew: as much of it, from the outside, as leaves room for something to say. */
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

/** How much of a text fits: no grapheme and no entity is cut, unless there is nothing else in the part. */
function wholeSigns(text: string, room: number, isAlone: boolean): number {
  const entity = text.lastIndexOf('&', room - 1)
  const [torn = ''] = entity < 0 ? [] : (/^&#?\w*;/.exec(text.slice(entity)) ?? [])
  const length = graphemeBoundary(text, entity + torn.length > room ? entity : room)
  return length > 0 || !isAlone ? Math.max(length, 0) : Math.max(room, 1)
}

/** The longest name has 31 letters. */
const longestEntity = 40
