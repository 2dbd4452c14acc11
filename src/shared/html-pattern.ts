/**
 * A pattern that takes HTML apart: comments, tags (with `close`, `name`, `attributes`), and the text between them. None is
 * looked for further than the next begins, or a comment ends. Each caller needs its own, because it counts its position.
 */
export function createHtmlPattern(): RegExp {
  return /<!--[\s\S]*?(?:-->|$)|<(?<close>\/?)(?<name>[a-z][a-z\d]*)\b(?<attributes>(?:"[^"]*"|'[^']*'|[^<>"'])*)>|[^<]+|</gi
}

/** Elements that have no end. */
export const voidElements: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta source track wbr'.split(' '),
)
