import { createRequire } from 'node:module'
import type * as Decode from 'entities/decode'

/** HTML text with its entities decoded. */
export function decodeEntities(text: string): string {
  return text.includes('&') ? decoders().decodeHTML(text) : text
}

/** The value of a tag's attribute. */
export function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|[\\s"'])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes)
  const [, double, single, bare] = value ?? []
  const given = double ?? single ?? bare
  // In an attribute `&copy=1` stays, because such names are common in query strings.
  return given?.includes('&') ? decoders().decodeHTMLAttribute(given) : given
}

const load = createRequire(import.meta.url)
let loaded: typeof Decode | undefined

/** Loading the list of names takes a fourteenth of Node.js's own startup time, so it happens with the first HTML. */
function decoders(): typeof Decode {
  loaded ??= load('entities/decode') as typeof Decode
  return loaded
}
