import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import { attributeOf } from '../html-entities.js'
import { type Mark, type MarkupDialect, toMarkup } from '../html-to-markup.js'

/** Escapes what could notify, link or hide text; signs such as `*` keep their meaning. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign)
}

/**
 * Text for a place where `*`, `_`, `~`, backticks and a leading `>` are markup. Invisible word joiners around a sign keep it
 * from being markup; addresses stay intact, so that they work.
 */
export function escapeMrkdwn(text: string): string {
  const parts = text.split(/(https?:\/\/[^\s<>]+)/i) // every second part is an address
  const joined = parts.map((part, at) => (at % 2 === 1 ? part : joinSigns(part))).join('')
  return escapeText(joined).replace(/^(?=[^\S\r\n\u2028\u2029]*&gt;)/gm, joiner)
}

function joinSigns(text: string): string {
  return text.replace(/[*_~`]+/g, (run, at: number) => {
    const [before = '', behind = ''] = [text[at - 1], text[at + run.length]]
    return run.length === 1 && isInert(before, behind) ? run : `${joiner}${[...run].join(joiner)}${joiner}`
  })
}

/** Between two letters, or between two spaces, a sign is not markup. */
function isInert(before: string, behind: string): boolean {
  return (letter.test(before) && letter.test(behind)) || (/\s/.test(before) && /\s/.test(behind))
}

const letter = /[\p{L}\p{N}]/u
const joiner = '\u2060'

/** Text for a place without markup; defuses what would be a mention elsewhere. */
export function plainText(text: string): string {
  return text.replace(/<(?=[!@#])/g, '<\u2060')
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Shortens escaped text without cutting an escape or a link. */
export function cutMarked(text: string, limit: number): string {
  return text.length <= limit ? text : shorten(text, limit).replace(/(?:<[^<>]*|&[a-z]*)…$/, '…')
}

/** Converts trusted HTML to the service's markup as far as possible. */
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

/** Inline code; a backtick would end it. */
export function escapeCode(text: string): string {
  return escapeText(text.replaceAll('`', 'ˋ'))
}

/** A code block that its content cannot end. */
export function fence(text: string): string {
  return `\`\`\`\n${escapeText(text.replaceAll('```', '``\u200b`'))}\n\`\`\``
}

function hrefOf(attributes: string): string | undefined {
  const href = attributeOf(attributes, 'href')
  return href && /^(?:https?:\/\/|mailto:)/i.test(href) ? toAddress(href) : undefined
}

/** A link with a label, if `url` is an http(s) URL: other links could notify a room. */
export function toLink(url: string | undefined, label: string): string {
  if (!isHttpUrl(url)) return escapeMrkdwn(label)
  return label === '' ? `<${toAddress(url)}>` : `<${toAddress(url)}|${escapeMrkdwn(label)}>`
}

/** Encodes the characters that would end an address. */
function toAddress(url: string): string {
  return url.replace(/[<>|\s]/g, (sign) => encodeURIComponent(sign)).replace(/&/g, '&amp;')
}
