/**
 * What must not reach a terminal as it is: control characters (C0 and C1) steer it, line separators forge lines, and
 * format characters hide text or turn its direction round. Joiners (of emoji, Persian, words) do none of that.
 */
const unprintable = /(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?<!\u200c|\u200d|\u2060))+/gu
/** The same without C0, which JSON escapes in its strings and has between its tokens. */
const unprintableInJson = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}](?<!\u200c|\u200d|\u2060)/gu

/** The text in one line, with a blank for each run of what is not printable. */
export function toPrintable(text: string): string {
  return text.replace(unprintable, ' ')
}

/** The same, line by line: its own line ends and tabs stay. */
export function toPrintableLines(text: string): string {
  return text.replace(unprintable, (run) => run.replace(/\r\n/g, '\n').replace(/[^\n\t]+/gu, ' '))
}

/** JSON that says the same, with what is not printable escaped. */
export function escapeJson(json: string): string {
  return json.replace(unprintableInJson, (found) => found.replace(/[\s\S]/g, toEscape))
}

function toEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
