/** Shortens text between graphemes and adds an ellipsis. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, graphemeBoundary(text, limit - 1))}…`
}

/** The first piece of at most `limit` characters, and the rest of the text. */
export function splitFirst(text: string, limit: number): readonly [piece: string, left: string] {
  if (text.length <= limit) return [text, '']
  const cut = cutPoint(text, 0, limit)
  return [text.slice(0, cut), text.slice(text[cut] === '\n' ? cut + 1 : cut)]
}

/** Where to cut text that has more than `limit` characters left: at a line end, else a space, else between graphemes. */
export function cutPoint(text: string, from: number, limit: number): number {
  const line = text.lastIndexOf('\n', from + limit)
  if (line > from) return line
  const space = text.lastIndexOf(' ', from + limit - 1)
  return graphemeBoundary(text, space > from + limit / 2 ? space + 1 : from + limit, from)
}

/** Shortens text to at most `limit` bytes of UTF-8, between graphemes, and adds an ellipsis. */
export function shortenBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text
  let length = Math.min(text.length, limit)
  while (length > 0 && Buffer.byteLength(shorten(text, length)) > limit) length -= 1
  return shorten(text, length)
}

/**
 * The last place between `from` and `at` where text can be cut without tearing a grapheme: a letter and its accents, an
 * emoji of several characters. A grapheme longer than that is cut between characters.
 */
export function graphemeBoundary(text: string, at: number, from = 0): number {
  if (at <= from || at >= text.length || isSimple(text, at)) return Math.min(at, text.length)
  segmenter ??= new Intl.Segmenter()
  const near = segmenter.segment(text.slice(from, at + longestAhead)).containing(at - from)
  if (near && near.index > 0) return from + near.index
  return isLowSurrogate(text, at) ? Math.max(at - 1, from) : at
}

let segmenter: Intl.Segmenter | undefined

/** Only the text before `at` decides whether a grapheme starts there; the text after it just has to exist. */
const longestAhead = 2

/** Below the first combining accent, every character is a grapheme, except for CR LF. */
function isSimple(text: string, at: number): boolean {
  const [before, behind] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  return before < 0x300 && behind < 0x300 && !(before === 0x0d && behind === 0x0a)
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}
