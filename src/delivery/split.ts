import type { Reply } from '../model/reply.js'

/** Splits a reply whose text is longer than `limit` into several, at line ends where there are any. */
export function splitReply(reply: Reply, limit: number): readonly Reply[] {
  if (reply.kind !== 'text' || reply.text.length <= limit) return [reply]
  const parts = splitText(reply.text, limit, reply.format === 'html')
  // Only the first part sounds, and parts that took each other's place would leave but the last.
  const { updateKey: _, ...rest } = reply
  return parts.map((text, index) => ({ ...rest, text, ...(index > 0 && reply.notify ? { notify: false } : {}) }))
}

/** Cuts text into pieces of at most `limit` characters: at line ends, else at spaces, else between characters. */
export function splitText(text: string, limit: number, html = false): readonly string[] {
  const parts: string[] = []
  let from = 0
  while (text.length - from > limit) {
    const cut = cutPoint(text, from, limit, html)
    parts.push(text.slice(from, cut))
    from = text[cut] === '\n' ? cut + 1 : cut
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts.filter((part) => part.trim() !== '')
}

function cutPoint(text: string, from: number, limit: number, html: boolean): number {
  const line = text.lastIndexOf('\n', from + limit)
  if (line > from) return line
  const space = text.lastIndexOf(' ', from + limit - 1)
  const wanted = space > from + limit / 2 ? space + 1 : from + limit
  return html ? outsideMarkup(text, from, wanted) : wholeCharacter(text, wanted)
}

/** Moves a cut out of a tag or an entity, where that leaves anything at all. */
function outsideMarkup(text: string, from: number, cut: number): number {
  const open = Math.max(text.lastIndexOf('<', cut - 1), text.lastIndexOf('&', cut - 1))
  const closed = Math.max(text.lastIndexOf('>', cut - 1), text.lastIndexOf(';', cut - 1))
  return open > from && open > closed ? open : wholeCharacter(text, cut)
}

/** Never between the halves of a surrogate pair. */
function wholeCharacter(text: string, cut: number): number {
  const code = text.charCodeAt(cut)
  return code >= 0xdc00 && code <= 0xdfff ? cut - 1 : cut
}
