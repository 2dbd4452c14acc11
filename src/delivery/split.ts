import type { Reply } from '../model/reply.js'
import { graphemeBoundary } from '../shared/text.js'
import { splitHtml } from './split-html.js'

/** Splits a reply whose text is longer than `limit` into several, at line ends where there are any. */
export function splitReply(reply: Reply, limit: number): readonly Reply[] {
  if (reply.kind !== 'text' || reply.text.length <= limit) return [reply]
  const parts = reply.format === 'html' ? splitHtml(reply.text, limit) : splitText(reply.text, limit)
  // Only the first part sounds, and parts that took each other's place would leave but the last.
  const { updateKey: _, ...rest } = reply
  return parts.map((text, index) => ({ ...rest, text, ...(index > 0 && reply.notify ? { notify: false } : {}) }))
}

/** Cuts text into pieces of at most `limit` characters: at line ends, else at spaces, else between graphemes. */
export function splitText(text: string, limit: number): readonly string[] {
  const parts: string[] = []
  let from = 0
  while (text.length - from > limit) {
    const cut = cutPoint(text, from, limit)
    parts.push(text.slice(from, cut))
    from = text[cut] === '\n' ? cut + 1 : cut
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts.filter((part) => part.trim() !== '')
}

function cutPoint(text: string, from: number, limit: number): number {
  const line = text.lastIndexOf('\n', from + limit)
  if (line > from) return line
  const space = text.lastIndexOf(' ', from + limit - 1)
  return graphemeBoundary(text, space > from + limit / 2 ? space + 1 : from + limit, from)
}
