import { escapeHtml } from '../../model/reply.js'
import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'

/** Escapes text, including line ends and spaces. */
export function escapeText(text: string): string {
  return escapeHtml(text)
    .replace(/(?<=^|[ \n]) /g, '&nbsp;')
    .replace(/\r?\n/g, '<br>')
}

/** Converts commands' HTML to the few elements that the service supports; of others only the content is shown. */
export function fromHtml(html: string): string {
  return toMarkup(html, dialect).replace(/\n/g, '<br>')
}

const around = (tag: string): Mark => ({ before: `<${tag}>`, behind: `</${tag}>` })
const [bold, italic, strike, underline] = [around('b'), around('i'), around('s'), around('u')]

/** https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages */
const dialect: MarkupDialect = {
  signs: new Map(
    Object.entries({
      ...{ b: bold, strong: bold, i: italic, em: italic, u: underline, s: strike, del: strike, strike },
      ...{ h1: bold, h2: bold, h3: bold, h4: bold, h5: bold, h6: bold },
    }),
  ),
  code: around('code'),
  bullets: new Map(Object.entries({ li: '• ' })),
  isWordBound: false,
  marksLabels: true,
  paragraph: 2,
  cell: ' ',
  escape: escapeHtml,
  escapeCode: escapeHtml,
  fence: (text) => `<pre>${escapeHtml(text).replace(/\r?\n/g, '&#10;')}</pre>`,
  link(attributes) {
    const address = attributeOf(attributes, 'href')?.trim()
    if (!isHttpUrl(address)) return undefined
    const escaped = escapeHtml(new URL(address).href)
    return { before: `<a href="${escaped}">`, behind: '</a>', bare: escaped }
  },
  image: (attributes) => escapeHtml(attributeOf(attributes, 'alt') ?? attributeOf(attributes, 'src') ?? ''),
}
