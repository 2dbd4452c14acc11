import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'

/** Text for a place where the service looks for marks: what could wake, link or hide becomes what it looks like. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign)
}

/** Text for a place where the service looks for no marks: what would be one elsewhere is one nowhere. */
export function plainText(text: string): string {
  return text.replace(/<(?=[!@#])/g, '<\u2060')
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Shortens what is escaped and marked: no escape and no mark is cut in two. */
export function cutMarked(text: string, limit: number): string {
  return text.length <= limit ? text : shorten(text, limit).replace(/(?:<[^<>]*|&[a-z]*)…$/, '…')
}

/** Trusted HTML in the service's own markup, as near as it comes. */
export function fromHtml(html: string): string {
  return toMarkup(html, dialect)
}

const around = (sign: string): Mark => ({ before: sign, behind: sign })
const [bold, italic, strike] = [around('*'), around('_'), around('~')]

/** https://docs.slack.dev/messaging/formatting-message-text */
const dialect: MarkupDialect = {
  signs: new Map(
    Object.entries({
      ...{ b: bold, strong: bold, i: italic, em: italic, s: strike, strike, del: strike },
      ...{ h1: bold, h2: bold, h3: bold, h4: bold, h5: bold, h6: bold },
    }),
  ),
  code: around('`'),
  bullets: new Map(Object.entries({ li: '• ' })),
  isWordBound: true,
  marksLabels: false,
  paragraph: 2,
  cell: '  ',
  escape: escapeText,
  escapeCode: (text) => escapeText(text.replaceAll('`', 'ˋ')),
  fence: (text) => `\`\`\`\n${escapeText(text.replaceAll('```', '``\u200b`'))}\n\`\`\``,
  link(attributes) {
    const address = hrefOf(attributes)
    return address === undefined ? undefined : { before: `<${address}|`, behind: '>', bare: `<${address}>` }
  },
  image: (attributes) => escapeText(attributeOf(attributes, 'alt') ?? ''),
}

function hrefOf(attributes: string): string | undefined {
  const href = attributeOf(attributes, 'href')
  return href && /^(?:https?:\/\/|mailto:)/i.test(href) ? toAddress(href) : undefined
}

/** A link under its label, where `url` leads to the web: anything else between the marks could wake a room. */
export function toLink(url: string | undefined, label: string): string {
  if (!isHttpUrl(url)) return escapeText(label)
  return label === '' ? `<${toAddress(url)}>` : `<${toAddress(url)}|${escapeText(label)}>`
}

/** The signs that would end an address are written as codes. */
function toAddress(url: string): string {
  return url.replace(/[<>|\s]/g, (sign) => encodeURIComponent(sign)).replace(/&/g, '&amp;')
}
