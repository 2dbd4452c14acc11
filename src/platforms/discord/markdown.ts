import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'
import { longestDescription } from './wire.js'

/** Escapes text. URLs stay as they are, so that they work. */
export function escapeMarkdown(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>[\]`|*\\"]+)/)
    .map((part, at) => (at % 2 === 1 ? part : escapePart(part)))
    .join('')
}

/** Shortens between graphemes, not after an escape character, and adds an ellipsis. */
export function shortenMarkdown(text: string, limit: number): string {
  return text.length <= limit ? text : shorten(text, limit).replace(/\\+…$/, '…')
}

/** Converts commands' HTML to the service's markup; unsupported elements are shown without their tags. */
export function toMarkdown(html: string): string {
  return toMarkup(html, dialect, longestDescription)
}

const around = (sign: string): Mark => ({ before: sign, behind: sign })
const [bold, italic, strike, underline] = [around('**'), around('*'), around('~~'), around('__')]

/** https://support.discord.com/hc/en-us/articles/210298617 */
const dialect: MarkupDialect = {
  signs: new Map(
    Object.entries({
      ...{ b: bold, strong: bold, i: italic, em: italic, u: underline, s: strike, del: strike, strike },
      ...{ h4: bold, h5: bold, h6: bold },
    }),
  ),
  code: around('`'),
  bullets: new Map(Object.entries({ li: '- ', h1: '# ', h2: '## ', h3: '### ' })),
  isWordBound: false,
  marksLabels: true,
  paragraph: 1,
  cell: ' ',
  escape: escapeMarkdown,
  escapeCode: withoutTicks,
  fence: (text) => `\`\`\`\n${withoutTicks(text)}\n\`\`\``,
  link(attributes) {
    const address = webAddress(attributes, 'href')
    return address === undefined ? undefined : { before: '[', behind: `](${address})`, bare: address }
  },
  image: (attributes) => webAddress(attributes, 'src') ?? escapeMarkdown(attributeOf(attributes, 'alt') ?? ''),
}

function escapePart(text: string): string {
  return text
    .replace(/[\\*_~`|[\]]|<(?=[@#:/ati])/g, '\\$&')
    .replace(/^([^\S\r\n\u2028\u2029]*)([>#+-])/gm, '$1\\$2')
    .replace(/^([^\S\r\n\u2028\u2029]*\d+)(?=[.)]\s)/gm, '$1\\')
}

/** Code whose content cannot end it. */
function withoutTicks(text: string): string {
  return text.replaceAll('`', 'ˋ')
}

/** Only http(s) addresses without characters that would end the link. */
function webAddress(attributes: string, name: string): string | undefined {
  const address = attributeOf(attributes, name)?.trim() ?? ''
  if (!isHttpUrl(address)) return undefined
  return new URL(address).href.replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'))
}
