import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'

/** What could wake, link or hide becomes what it looks like; signs such as `*` stay what they are where they mean something. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign)
}

/**
 * Text for a place where `*`, `_`, `~`, a backtick and a `>` in front mean something. Word joiners, which nobody sees, keep
 * each sign from what it could begin or end beside; addresses stay whole, so that they can be followed.
 */
export function escapeMrkdwn(text: string): string {
  const parts = text.split(/(https?:\/\/[^\s<>]+)/i) // every second one is an address
  const joined = parts.map((part, at) => (at % 2 === 1 ? part : joinSigns(part))).join('')
  return escapeText(joined).replace(/^(?=[^\S\r\n\u2028\u2029]*&gt;)/gm, joiner)
}

function joinSigns(text: string): string {
  return text.replace(/[*_~`]+/g, (run, at: number) => {
    const [before = '', behind = ''] = [text[at - 1], text[at + run.length]]
    return run.length === 1 && isInert(before, behind) ? run : `${joiner}${[...run].join(joiner)}${joiner}`
  })
}

/** Between two letters a sign is part of a word, and between two blanks it stands for itself. */
function isInert(before: string, behind: string): boolean {
  return (letter.test(before) && letter.test(behind)) || (/\s/.test(before) && /\s/.test(behind))
}

const letter = /[\p{L}\p{N}]/u
const joiner = '\u2060'

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
  escape: escapeMrkdwn,
  escapeCode,
  fence,
  link(attributes) {
    const address = hrefOf(attributes)
    return address === undefined ? undefined : { before: `<${address}|`, behind: '>', bare: `<${address}>` }
  },
  image: (attributes) => escapeMrkdwn(attributeOf(attributes, 'alt') ?? ''),
}

/** Code in a line, where a backtick would end it. */
export function escapeCode(text: string): string {
  return escapeText(text.replaceAll('`', 'ˋ'))
}

/** A block of code, which nothing in it ends. */
export function fence(text: string): string {
  return `\`\`\`\n${escapeText(text.replaceAll('```', '``\u200b`'))}\n\`\`\``
}

function hrefOf(attributes: string): string | undefined {
  const href = attributeOf(attributes, 'href')
  return href && /^(?:https?:\/\/|mailto:)/i.test(href) ? toAddress(href) : undefined
}

/** A link under its label, where `url` leads to the web: anything else between the marks could wake a room. */
export function toLink(url: string | undefined, label: string): string {
  if (!isHttpUrl(url)) return escapeMrkdwn(label)
  return label === '' ? `<${toAddress(url)}>` : `<${toAddress(url)}|${escapeMrkdwn(label)}>`
}

/** The signs that would end an address are written as codes. */
function toAddress(url: string): string {
  return url.replace(/[<>|\s]/g, (sign) => encodeURIComponent(sign)).replace(/&/g, '&amp;')
}
