/**
 * Characters that must not reach a terminal: control characters (C0 and C1) steer it, line separators forge lines, and
 * format characters hide or reverse text. Joiners (in emoji, Persian, words) are harmless.
 */
const unprintable = /(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?<!\u200c|\u200d|\u2060))+/gu
/** The same without C0, which JSON escapes in strings and uses between tokens. */
const unprintableInJson = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}](?<!\u200c|\u200d|\u2060)/gu

/** The text in one line, with a space for each run of unprintable characters. */
export function toPrintable(text: string): string {
  return text.replace(unprintable, ' ')
}

/** The same for several lines: line ends and tabs stay. */
export function toPrintableLines(text: string): string {
  return text.replace(unprintable, (run) => run.replace(/\r\n/g, '\n').replace(/[^\n\t]+/gu, ' '))
}

/** Equivalent JSON with unprintable characters escaped. */
export function escapeJson(json: string): string {
  return json.replace(unprintableInJson, (found) => found.replace(/[\s\S]/g, toEscape))
}

function toEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
