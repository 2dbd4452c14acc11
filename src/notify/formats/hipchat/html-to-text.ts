import { attributeOf } from '../../../platforms/html-entities.js'
import { type MarkupDialect, toMarkup } from '../../../platforms/html-to-markup.js'
import { isHttpUrl } from '../../../shared/url.js'
import { toSafeHtml } from './safe-html.js'

/** What HTML says, in plain text: the parts of a card have no other. A link's address stands behind its label. */
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
