import { createRequire } from 'node:module'
import type * as Decode from 'entities/decode'

/** Text of HTML, with its entities as the signs that they stand for. */
export function decodeEntities(text: string): string {
  return text.includes('&') ? decoders().decodeHTML(text) : text
}

/** The value of a tag's attribute. */
export function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|[\\s"'])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes)
  const [, double, single, bare] = value ?? []
  const given = double ?? single ?? bare
  // In an attribute `&copy=1` stays: queries of addresses are full of such names.
  return given?.includes('&') ? decoders().decodeHTMLAttribute(given) : given
}

const load = createRequire(import.meta.url)
let loaded: typeof Decode | undefined

/** The list of names takes 10 ms of processor time to load: a bot pays it with its first HTML, not at its start. */
function decoders(): typeof Decode {
  loaded ??= load('entities/decode') as typeof Decode
  return loaded
}
