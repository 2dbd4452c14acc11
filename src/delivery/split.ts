import type { CardReply, FileReply, Reply, TextReply } from '../model/reply.js'
import { cutPoint } from '../shared/text.js'
import { splitHtml } from './split-html.js'

/** Splits a reply with text longer than `limit` into several, at line ends if possible. */
export function splitReply(reply: Reply, limit: number): readonly Reply[] {
  if (reply.kind === 'file') return splitFile(reply, limit)
  if (reply.kind !== 'text' || reply.text.length <= limit) return [reply]
  const parts = reply.format === 'html' ? splitHtml(reply.text, limit) : splitText(reply.text, limit)
  // Only the first part notifies; parts with an `updateKey` would replace each other.
  const { updateKey: _, ...rest } = reply
  return parts.map((text, index) => ({ ...rest, text, ...(index > 0 && reply.notify ? { notify: false } : {}) }))
}

/** Text with a file is shown beside it if it is short, else before it. */
function splitFile(reply: FileReply, limit: number): readonly Reply[] {
  const { text = '', name, type, content, updateKey: _, ...rest } = reply
  if (text.length <= longestCaption) return [reply]
  const { text: __, ...alone } = reply
  return [...splitReply({ ...rest, kind: 'text', text }, limit), reply.notify ? { ...alone, notify: false } : alone]
}

const longestCaption = 500

/** The part of a card that does not fit, as a text reply below it; it is updated together with the card. */
export function overflowReply(reply: CardReply, text: string): TextReply {
  const { card: _, updateKey, notify, ...rest } = reply
  return { ...rest, kind: 'text', text, ...(updateKey === undefined ? {} : { updateKey: `${updateKey} (the rest)` }) }
}

/** Splits text into pieces of at most `limit` characters: at line ends, else at spaces, else between graphemes. */
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
