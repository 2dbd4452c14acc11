import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type MarkupDialect, toMarkup } from '../html-to-markup.js'

/** A command's HTML as plain text, with the address after each link. */
export function toText(html: string): string {
  return toMarkup(html, dialect)
}

const asItIs = (text: string) => text

/** No formatting: channels can be set to refuse it, and clients differ in how they show it. */
const dialect: MarkupDialect = {
  signs: new Map(),
  code: { before: '`', behind: '`' },
  bullets: new Map(Object.entries({ li: '- ' })),
  isWordBound: false,
  marksLabels: true,
  paragraph: 2,
  cell: '  ',
  escape: asItIs,
  escapeCode: asItIs,
  fence: asItIs,
  link(attributes) {
    const address = attributeOf(attributes, 'href')
    if (!isHttpUrl(address) && !/^mailto:/i.test(address ?? '')) return undefined
    return { before: '', behind: ` (${address})`, bare: `${address}` }
  },
  image(attributes) {
    const [text, source] = [attributeOf(attributes, 'alt') ?? '', attributeOf(attributes, 'src')]
    return isHttpUrl(source) ? `${text} (${source})`.trim() : text
  },
}
