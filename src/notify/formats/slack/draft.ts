import { type CardButton, type CardField, type Reply, say, type Tone } from '../../../model/reply.js'
import { RefusedError } from '../../refusal.js'
import { draftReply, type ReplyStyle, withStyle } from '../card-draft.js'
import { invalid, present, readLabel, readString, readUrl } from '../members.js'
import { asFields, type Fields } from '../request-fields.js'
import { linkOf, type MentionSign, type SourceText, toHtml, toText } from './mrkdwn.js'

/** A message being read: its parts in order. */
export interface SlackDraft {
  title?: { readonly text: SourceText; readonly url: string | undefined }
  tone?: Tone | undefined
  icon?: string | undefined
  image?: string | undefined
  readonly texts: SourceText[]
  readonly fields: { readonly label: SourceText; readonly value: SourceText }[]
  readonly buttons: CardButton[]
}

/** An empty draft. */
export function emptyDraft(): SlackDraft {
  return { texts: [], fields: [], buttons: [] }
}

/** Whether a draft has no text yet. */
export function isSilent({ title, texts }: SlackDraft): boolean {
  return !title && texts.length === 0
}

/** Converts a draft to a text or a card. Throws RefusedError if it is empty. */
export function toReply(draft: SlackDraft, style: ReplyStyle, at: MentionSign): Reply {
  const { title, tone, icon, image, texts, buttons } = draft
  const text = texts.map((one) => toText(one, at)).join('\n')
  const fields = draft.fields.map((field) => toField(field, at))
  const isCard = title || icon || image || fields.length > 0 || buttons.length > 0
  if (!title && text.trim() === '' && !image && fields.length === 0) {
    throw new RefusedError('A text is required.', 'no-text')
  }
  if (!isCard) return withStyle(toTextReply(texts, text, at), { ...style, tone })
  const heading = title && { title: toText(title.text, at), url: title.url }
  return draftReply({ ...heading, text, icon, image, fields, buttons }, { ...style, tone })
}

/** Text without markup is shown as typed. */
function toTextReply(texts: readonly SourceText[], text: string, at: MentionSign): Reply {
  const html = texts.map((one) => toHtml(one, at)).join('<br>')
  const isMarked = html !== toHtml({ source: text, style: 'plain' }, at)
  return isMarked ? say(html, { format: 'html' }) : say(text)
}

function toField({ label, value }: SlackDraft['fields'][number], at: MentionSign): CardField {
  const link = linkOf(value)
  return {
    label: toText(label, at),
    value: link ? link.label : toText(value, at),
    ...present({ url: link?.url }),
  }
}

/** Adds texts, each on lines of its own. */
export function addTexts(draft: SlackDraft, ...texts: readonly (SourceText | undefined)[]): void {
  draft.texts.push(...texts.filter((text) => text !== undefined))
}

/** Sets the title; a further one becomes a line. */
export function addTitle(draft: SlackDraft, text: SourceText | undefined, url: string | undefined): void {
  if (!text) return
  if (!draft.title) draft.title = { text, url }
  else addTexts(draft, text, url === undefined ? undefined : { source: url, style: 'plain' })
}

/** Sets the image; a further one becomes a line with its address. */
export function addImage(draft: SlackDraft, url: string | undefined): void {
  if (url === undefined) return
  if (draft.image === undefined) draft.image = url
  else addTexts(draft, { source: url, style: 'plain' })
}

/** Adds a button that opens a page or types a command; others would need an app to answer. */
export function addButton(draft: SlackDraft, element: Fields): void {
  const text = readString(asFields(element['text']) ?? element, 'text')
  const url = readUrl(element, 'url')
  const value = readLabel(element, 'value')
  const command = url === undefined && value?.startsWith('/') ? value : undefined
  if (text === undefined || (url === undefined && command === undefined)) return
  draft.buttons.push({ label: text, ...present({ url, command, tone: buttonTones.get(element['style']) }) })
}

const buttonTones: ReadonlyMap<unknown, Tone> = new Map([
  ['primary', 'good'],
  ['danger', 'bad'],
])

/** The objects of an optional list. Throws RefusedError. */
export function readObjects(fields: Fields, name: string): readonly Fields[] {
  const list = fields[name] ?? []
  if (!Array.isArray(list)) return invalid(`${name} must be a list.`)
  return list.map((item: unknown) => asFields(item) ?? invalid(`${name} must be a list of objects.`))
}
