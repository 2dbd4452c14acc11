/** Shortens text between graphemes, and marks that it did. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, graphemeBoundary(text, limit - 1))}…`
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
