import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'

/** A command's HTML as message styling, which has no escapes. https://xmpp.org/extensions/xep-0393.html */
export function toStyling(html: string): string {
  return toMarkup(html, dialect)
}

/** A block of code; nothing in the text can end it. */
export function fence(text: string): string {
  return `\`\`\`\n${keepSigns(text)}\n\`\`\``
}

/** Invisible word joiners keep the text from being styled. */
function keepSigns(text: string): string {
  return text.replaceAll('```', '``\u2060`')
}

const around = (sign: string): Mark => ({ before: sign, behind: sign })
const [bold, italic, strike] = [around('*'), around('_'), around('~')]

const dialect: MarkupDialect = {
  signs: new Map(
    Object.entries({
      ...{ b: bold, strong: bold, i: italic, em: italic, s: strike, strike, del: strike },
      ...{ h1: bold, h2: bold, h3: bold, h4: bold, h5: bold, h6: bold },
    }),
  ),
  code: around('`'),
  bullets: new Map(Object.entries({ li: '- ' })),
  isWordBound: true,
  marksLabels: true,
  paragraph: 2,
  cell: '  ',
  escape: (text) => text.replace(/(?<![\p{L}\p{N}])[*_~`](?=\S)/gu, '\u2060$&\u2060'),
  escapeCode: (text) => text.replaceAll('`', 'ˋ'),
  fence,
  link(attributes) {
    const address = attributeOf(attributes, 'href')?.trim() ?? ''
    if (!isHttpUrl(address)) return undefined
    return { before: '', behind: ` ${address}`, bare: address }
  },
  image: (attributes) => attributeOf(attributes, 'alt') ?? '',
}
