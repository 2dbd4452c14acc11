import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'
import { escapeMarkdown, fence, link } from './markdown.js'
import { messageLimit } from './wire.js'

/** Converts commands' HTML to Markdown; unsupported elements are shown without their tags. */
export function toMarkdown(html: string): string {
  return toMarkup(html, dialect, messageLimit)
}

const around = (sign: string): Mark => ({ before: sign, behind: sign })
const [bold, italic, strike] = [around('**'), around('*'), around('~~')]
const heading = '#### '

/** https://docs.mattermost.com/end-user-guide/collaborate/format-messages.html */
const dialect: MarkupDialect = {
  signs: new Map(Object.entries({ b: bold, strong: bold, i: italic, em: italic, s: strike, del: strike, strike })),
  code: around('`'),
  bullets: new Map(
    Object.entries({ li: '- ', h1: heading, h2: heading, h3: heading, h4: heading, h5: heading, h6: heading }),
  ),
  isWordBound: false,
  marksLabels: true,
  paragraph: 2,
  cell: ' ',
  hasLazyLines: true,
  rule: '---',
  escape: escapeMarkdown,
  escapeCode: (text) => text.replaceAll('`', 'ˋ'),
  fence,
  link(attributes) {
    const address = attributeOf(attributes, 'href')
    if (!isHttpUrl(address)) return undefined
    return { before: '[', behind: link('', address).slice(1), bare: link(escapeMarkdown(address), address) }
  },
  image(attributes) {
    const source = attributeOf(attributes, 'src')
    const label = escapeMarkdown(attributeOf(attributes, 'alt') ?? 'image')
    return isHttpUrl(source) ? `!${link(label, source)}` : label
  },
}
