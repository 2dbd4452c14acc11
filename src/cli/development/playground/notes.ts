import { cardUrls } from '../../../model/card-lines.js'
import type { Card, Reply } from '../../../model/reply.js'
import type { PreviewMessage, PreviewPart } from '../../../simulator/playground.js'

/** What of a reply is lost in a service, or shown differently: read off what the service is given, and not off a list. */
export function notesOn(reply: Reply, messages: readonly PreviewMessage[]): readonly string[] {
  const parts = messages.flatMap((message) => message.parts)
  const shown: Shown = { messages, parts, html: htmlOf(parts), text: textOf(parts) }
  const about = reply.kind === 'card' ? cardNotes(reply.card, shown) : []
  const markup = reply.kind === 'text' && reply.format === 'html' ? htmlNotes(reply.text, shown) : []
  const file = reply.kind === 'file' ? fileNotes(shown) : []
  return [
    ...toneNotes(reply, shown),
    ...about,
    ...markup,
    ...file,
    ...audienceNotes(reply, shown),
    ...countNotes(shown),
  ]
}

interface Shown {
  readonly messages: readonly PreviewMessage[]
  readonly parts: readonly PreviewPart[]
  readonly html: string
  /** All that can be read, without its markup. */
  readonly text: string
}

function toneNotes({ tone = 'neutral' }: Reply, { messages, text }: Shown): readonly string[] {
  if (tone === 'neutral' || messages.some(({ color }) => color !== undefined)) return []
  const [dot] = /[🔵🟢🟡🔴]/u.exec(text) ?? []
  return [dot ? `The color becomes ${dot} in the text` : 'Drops the color']
}

function cardNotes(card: Card, { parts, text, html }: Shown): readonly string[] {
  const { fields = [], buttons = [], image, icon, url } = card
  const pressable = parts.flatMap((part) => (part.kind === 'buttons' ? part.buttons : []))
  const typed = buttons.filter(({ command }) => command).length
  const pictures = parts.filter((part) => part.kind === 'image')
  return [
    ...note(fields.length > 0 && !parts.some(({ kind }) => kind === 'fields'), 'Fields become lines of text'),
    ...note(typed > 0 && pressable.length === 0, 'Buttons become lines of text, to be typed'),
    ...note(pressable.length > 0 && pressable.length < buttons.length, 'Some buttons become text'),
    ...note(image && !pictures.some(({ isSmall }) => !isSmall), lostUrl('The picture', image, text)),
    ...note(icon && !pictures.some(({ isSmall }) => isSmall), 'Drops the icon'),
    ...note(url && !html.includes('<a '), lostUrl('The link', url, text)),
    ...note(
      fields.some(({ tone }) => tone && tone !== 'neutral') && !hasColouredField(parts) && !/[🔵🟢🟡🔴]/u.test(text),
      'Drops the colors of fields',
    ),
    ...note(
      cardUrls(card).some((one) => !isKept(one, html, text, pictures)),
      'Drops an address',
    ),
  ]
}

function hasColouredField(parts: readonly PreviewPart[]): boolean {
  return parts.some((part) => part.kind === 'fields' && part.fields.some(({ color }) => color !== undefined))
}

function isKept(url: string, html: string, text: string, pictures: readonly PreviewPart[]): boolean {
  if (html.includes(url.replaceAll('&', '&amp;')) || text.includes(url)) return true
  return pictures.some((part) => part.kind === 'image' && part.url === url)
}

function lostUrl(what: string, url: string | undefined, text: string): string {
  return url && text.includes(url) ? `${what} becomes an address` : `Drops ${what.toLowerCase()}`
}

function htmlNotes(source: string, { html, text }: Shown): readonly string[] {
  const lost = (tag: RegExp, kept: RegExp) => tag.test(source) && !kept.test(html)
  const link = /<a\b[^>]*href="([^"]*)"/i.exec(source)?.[1]
  return [
    ...note(lost(/<table\b/i, /<table\b/i), 'The table becomes lines of text: its columns do not line up'),
    ...note(lost(/<(b|strong)\b/i, /<(b|strong)>/i), 'Drops bold'),
    ...note(lost(/<(i|em)\b/i, /<(i|em)>/i), 'Drops italics'),
    ...note(lost(/<(pre|code)\b/i, /<(pre|code)\b/i), 'Code becomes plain text'),
    ...note(lost(/<[uo]l\b/i, /<[uo]l\b/i) && !/^\s*([-•*]|\d+\.)\s/mu.test(text), 'The list becomes lines of text'),
    ...note(lost(/<img\b/i, /<img\b/i), 'Pictures in the text become words'),
    ...note(/<[^>]*style="[^"]*\bcolor:/i.test(source) && !/\bcolor:/i.test(html), 'Drops the color of the text'),
    ...note(link && !/<a\b/i.test(html), lostUrl('The link', link, text)),
  ]
}

function fileNotes({ parts }: Shown): readonly string[] {
  if (parts.some(({ kind }) => kind === 'file' || kind === 'image')) return []
  return ['Files are not supported: shows the text of the file, or its name']
}

/** Plain text goes to whoever runs it, and to nobody else. */
function audienceNotes({ audience }: Reply, { messages }: Shown): readonly string[] {
  const isAloud = messages.some(({ isPrivate }) => isPrivate === false)
  return note(audience === 'caller' && isAloud, 'Everyone in the room sees it: private replies are not supported')
}

function countNotes({ messages }: Shown): readonly string[] {
  return note(messages.length > 1, `Takes ${messages.length} messages`)
}

function note(isSo: unknown, text: string): readonly string[] {
  return isSo ? [text] : []
}

function htmlOf(parts: readonly PreviewPart[]): string {
  return parts
    .flatMap((part) => {
      if (part.kind === 'text') return [part.html]
      return part.kind === 'fields' ? part.fields.map(({ html }) => html) : []
    })
    .join('\n')
}

function textOf(parts: readonly PreviewPart[]): string {
  const plain = parts.flatMap((part) => (part.kind === 'plain' ? [part.text] : []))
  const marked = htmlOf(parts)
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
  return [marked, ...plain].join('\n')
}
