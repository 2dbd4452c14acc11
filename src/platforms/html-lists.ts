import { attributeOf } from './html-entities.js'

/** The lists open at a point in HTML. */
export interface Lists {
  open(name: string, attributes: string): void
  close(name: string): void
  /** The prefix of the next item: its number, or `bullet`, indented below the enclosing item. */
  item(bullet: string): string
  /** The indentation of further lines of the open item. */
  indent(): string
  depth(): number
}

/** Creates the state of nested lists and their items. */
export function createLists(): Lists {
  const open: { readonly name: string; next: number; width: number }[] = []
  const isList = (name: string) => name === 'ol' || name === 'ul'
  return {
    open(name, attributes) {
      if (isList(name)) open.push({ name, next: Number(attributeOf(attributes, 'start') ?? 1) || 1, width: 0 })
    },
    close(name) {
      if (isList(name)) open.pop()
    },
    item(bullet) {
      const list = open.at(-1)
      if (!list) return bullet
      const sign = list.name === 'ol' ? `${list.next++}. ` : bullet
      list.width = 0
      const indent = indentOf(open)
      list.width = sign.length
      return indent + sign
    },
    indent: () => indentOf(open),
    depth: () => open.length,
  }
}

function indentOf(open: readonly { readonly width: number }[]): string {
  return ' '.repeat(open.reduce((sum, { width }) => sum + width, 0))
}
