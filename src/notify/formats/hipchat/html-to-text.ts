import { attributeOf } from '../../../platforms/html-entities.js'
import { type MarkupDialect, toMarkup } from '../../../platforms/html-to-markup.js'
import { isHttpUrl } from '../../../shared/url.js'
import { toSafeHtml } from './safe-html.js'

/** HTML as plain text, for the parts of a card; a link's address follows its label. */
export function htmlToText(html: string): string {
  return toMarkup(toSafeHtml(html), dialect)
}

const same = (text: string) => text
const nothing = { before: '', behind: '' }

const dialect: MarkupDialect = {
  signs: new Map(),
  code: nothing,
  bullets: new Map([['li', '• ']]),
  isWordBound: false,
  marksLabels: true,
  paragraph: 2,
  cell: '  ',
  escape: same,
  escapeCode: same,
  fence: same,
  link(attributes) {
    const address = attributeOf(attributes, 'href')
    return isHttpUrl(address) ? { before: '', behind: ` (${address})`, bare: address } : undefined
  },
  image: (attributes) => attributeOf(attributes, 'alt') ?? '',
}
