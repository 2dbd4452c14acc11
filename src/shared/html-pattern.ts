/**
 * A pattern that splits HTML into comments, tags (with `close`, `name`, `attributes`) and text. A token ends where the next
 * one starts, so matching takes linear time. Each caller needs its own, because the pattern keeps its position.
 */
export function createHtmlPattern(): RegExp {
  return /<!--[\s\S]*?(?:-->|$)|<(?<close>\/?)(?<name>[a-z][a-z\d]*)\b(?<attributes>(?:"[^"]*"|'[^']*'|[^<>"'])*)>|[^<]+|</gi
}

/** Elements without an end tag. */
export const voidElements: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta source track wbr'.split(' '),
)
