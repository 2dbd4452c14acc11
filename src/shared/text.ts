/** Shortens text between graphemes, and marks that it did. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, graphemeBoundary(text, limit - 1))}…`
}

/** The first piece of at most `limit` characters, and what is left of the text behind it. */
export function splitFirst(text: string, limit: number): readonly [piece: string, left: string] {
  if (text.length <= limit) return [text, '']
  const cut = cutPoint(text, 0, limit)
  return [text.slice(0, cut), text.slice(text[cut] === '\n' ? cut + 1 : cut)]
}

/** Where text of which more than `limit` characters are left is cut: at a line end, else a space, else between graphemes. */
export function cutPoint(text: string, from: number, limit: number): number {
  const line = text.lastIndexOf('\n', from + limit)
  if (line > from) return line
  const space = text.lastIndexOf(' ', from + limit - 1)
  return graphemeBoundary(text, space > from + limit / 2 ? space + 1 : from + limit, from)
}

/** Shortens text to at most `limit` bytes of UTF-8, between graphemes, and marks that it did. */
export function shortenBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text
  let length = Math.min(text.length, limit)
  while (length > 0 && Buffer.byteLength(shorten(text, length)) > limit) length -= 1
  return shorten(text, length)
}

/**
 * The last place up to `at`, and behind `from`, where text can be cut without tearing what people see as one sign: a letter
 * and its accents, an emoji of several. Where a single one reaches from `from` beyond `at`, it is cut between characters.
 */
export function graphemeBoundary(text: string, at: number, from = 0): number {
  if (at <= from || at >= text.length || isSimple(text, at)) return Math.min(at, text.length)
  segmenter ??= new Intl.Segmenter()
  const near = segmenter.segment(text.slice(from, at + longestAhead)).containing(at - from)
  if (near && near.index > 0) return from + near.index
  return isLowSurrogate(text, at) ? Math.max(at - 1, from) : at
}

let segmenter: Intl.Segmenter | undefined

/** Whether a sign begins at `at` is told by what stands before; what stands behind only has to be there. */
const longestAhead = 2

/** Below the first accent that joins what stands before it, each character is a sign, but for the line end of two. */
function isSimple(text: string, at: number): boolean {
  const [before, behind] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  return before < 0x300 && behind < 0x300 && !(before === 0x0d && behind === 0x0a)
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}
