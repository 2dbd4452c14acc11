import { escapeHtml } from '../../../model/reply.js'

/** A sender's text. `marks`: it has links, mentions and escapes; `signs`: it has `*`, `_` and so on too. */
export interface SourceText {
  readonly source: string
  readonly style: 'plain' | 'marks' | 'signs'
}

/** How to write mentions: their sign may or may not notify people. */
export type MentionSign = '＠' | '@'

/** The text without markup; a link's address follows its label. */
export function toText(text: SourceText, at: MentionSign): string {
  const written = write(text, at, textWriter)
  return text.style === 'signs' ? written.trim() : written
}

/** The text as HTML. https://docs.slack.dev/messaging/formatting-message-text */
export function toHtml(text: SourceText, at: MentionSign): string {
  return write(text, at, htmlWriter)
}

/** The label and address of a text that is only a link. */
export function linkOf({ source, style }: SourceText): { readonly label: string; readonly url: string } | undefined {
  const [, target = '', label = ''] =
    (style !== 'plain' && /^<(https?:\/\/[^<>|\s]+)(?:\|([^<>]*))?>$/i.exec(source)) || []
  return target === '' ? undefined : { label: unescapeText(label || target), url: unescapeText(target) }
}

/** How to write each kind of markup. */
interface Writer {
  text(text: string): string
  marked(sign: string, inner: string): string
  code(text: string): string
  block(text: string): string
  quote(lines: string): string
  link(url: string, label: string): string
}

const tags: Readonly<Record<string, string>> = { '*': 'b', _: 'i', '~': 's' }

const htmlWriter: Writer = {
  text: (text) => escapeHtml(text).replace(/\n/g, '<br>'),
  marked: (sign, inner) => `<${tags[sign]}>${inner}</${tags[sign]}>`,
  code: (text) => `<code>${escapeHtml(text)}</code>`,
  block: (text) => `<pre>${escapeHtml(text)}</pre>`,
  quote: (lines) => `<blockquote>${lines}</blockquote>`,
  link: (url, label) => `<a href="${escapeHtml(url)}">${escapeHtml(label || url)}</a>`,
}

const textWriter: Writer = {
  text: (text) => text,
  marked: (_, inner) => inner,
  code: (text) => text,
  block: (text) => `\n${text}\n`,
  quote: (lines) => `> ${lines.replace(/\n/g, '\n> ')}\n`,
  link: (url, label) => (label === '' || label === url ? url : `${label} (${url})`),
}

function write({ source, style }: SourceText, at: MentionSign, writer: Writer): string {
  if (style === 'plain') return writer.text(source)
  const spans = (text: string) => writeSpans(text, at, writer, style === 'signs' ? anySpan : markSpan)
  if (style === 'marks') return spans(source)
  const parts = source.split(/\n?```([\s\S]+?)```\n?/)
  return parts
    .map((part, index) => (index % 2 ? writer.block(bare(part, at).trim()) : writeLines(part, spans, writer)))
    .join('')
}

/** Consecutive lines that begin with `>` form one quote. */
function writeLines(text: string, spans: (text: string) => string, writer: Writer): string {
  const groups = text.split(/((?:^(?:&gt;|>).*(?:\n|$))+)/m)
  return groups
    .map((group, index) =>
      index % 2 ? writer.quote(spans(group.trimEnd().replace(/^(?:&gt;|>) ?/gm, ''))) : spans(group),
    )
    .join('')
}

const mark = '<(?<mark>[^<>\\n]+)>'
const code = '`(?<code>[^`\\n]+)`'
/** A sign marks whole words, up to the next such sign in the line. */
const signed =
  '(?<![\\p{L}\\p{N}*_~])(?<sign>[*_~])(?=\\S)(?<inner>(?:(?!\\k<sign>).)+)(?<=\\S)\\k<sign>(?![\\p{L}\\p{N}*_~])'
const markSpan = new RegExp(mark, 'gu')
const anySpan = new RegExp(`${mark}|${code}|${signed}`, 'gu')

function writeSpans(text: string, at: MentionSign, writer: Writer, pattern: RegExp): string {
  let [written, end] = ['', 0]
  for (const { 0: span, index, groups = {} } of text.matchAll(pattern)) {
    const { mark, code, sign = '', inner = '' } = groups
    written += writer.text(unescapeText(text.slice(end, index)))
    end = index + span.length
    if (mark !== undefined) written += writeMark(mark, at, writer)
    else if (code !== undefined) written += writer.code(bare(code, at))
    else written += writer.marked(sign, writeSpans(inner, at, writer, pattern))
  }
  return written + writer.text(unescapeText(text.slice(end)))
}

/** Inside code, links and mentions apply but signs do not. */
function bare(text: string, at: MentionSign): string {
  return writeSpans(text, at, textWriter, markSpan)
}

function writeMark(mark: string, at: MentionSign, writer: Writer): string {
  const [target = '', ...labels] = mark.split('|')
  const label = unescapeText(labels.join('|'))
  if (/^(?:https?:\/\/|mailto:|tel:)/i.test(target)) return writer.link(unescapeText(target), label)
  const name = nameOf(target, label, at)
  return writer.text(name ?? `<${unescapeText(mark)}>`)
}

/** The person or place in words; undefined for unknown markup. */
function nameOf(target: string, label: string, at: MentionSign): string | undefined {
  const [kind, rest] = [target.charAt(0), target.slice(1)]
  if (/^@\w+$/.test(target) || rest.startsWith('subteam^')) {
    return `${at}${label.replace(/^@/, '') || rest.replace('subteam^', '')}`
  }
  if (/^#\w+$/.test(target)) return `#${label.replace(/^#/, '') || rest}`
  if (/^!(?:here|channel|everyone)$/.test(target)) return `${at}${rest}`
  return kind === '!' ? label || rest : undefined
}

function unescapeText(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: 'amp' | 'lt' | 'gt') => signs[name])
}

const signs = { amp: '&', lt: '<', gt: '>' } as const
