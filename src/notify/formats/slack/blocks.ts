import { readString, readUrl } from '../members.js'
import { asFields, type Fields } from '../request-fields.js'
import { addButton, addImage, addTexts, addTitle, readObjects, type SlackDraft } from './draft.js'
import type { SourceText } from './mrkdwn.js'
import { fromRichText } from './rich-text.js'

/**
 * Reads a message's blocks into its draft; blocks without content, such as dividers, are skipped.
 * https://docs.slack.dev/reference/block-kit/blocks
 */
export function addBlocks(draft: SlackDraft, message: Fields): void {
  for (const block of readObjects(message, 'blocks')) kinds.get(block['type'])?.(draft, block)
}

const kinds: ReadonlyMap<unknown, (draft: SlackDraft, block: Fields) => void> = new Map([
  ['header', addHeader],
  ['section', addSection],
  ['context', addContext],
  ['image', addPicture],
  ['actions', addActions],
  ['rich_text', (draft, block) => addTexts(draft, fromRichText(block))],
  ['markdown', (draft, block) => addTexts(draft, readText(block))],
])

function addHeader(draft: SlackDraft, header: Fields): void {
  addTitle(draft, readText(header['text']), undefined)
}

function addContext(draft: SlackDraft, context: Fields): void {
  addTexts(draft, ...readObjects(context, 'elements').map(readText))
}

function addPicture(draft: SlackDraft, image: Fields): void {
  const alternative = readString(image, 'alt_text')
  addTexts(draft, readText(image['title']) ?? (alternative ? { source: alternative, style: 'plain' } : undefined))
  addImage(draft, readUrl(image, 'image_url'))
}

function addActions(draft: SlackDraft, actions: Fields): void {
  for (const element of readObjects(actions, 'elements')) addButton(draft, element)
}

function addSection(draft: SlackDraft, section: Fields): void {
  addTexts(draft, readText(section['text']))
  for (const field of readObjects(section, 'fields')) addField(draft, readText(field))
  const accessory = asFields(section['accessory'])
  if (accessory?.['type'] === 'button') addButton(draft, accessory)
  if (accessory?.['type'] === 'image') draft.icon ??= readUrl(accessory, 'image_url')
}

/** A field is a single text: its first line, or a bold beginning, is the label. */
function addField(draft: SlackDraft, text: SourceText | undefined): void {
  if (!text) return
  const { source, style } = text
  const [, bold, beside = ''] = /^\s*\*([^*\n]+)\*\s*([\s\S]*)$/.exec(source) ?? []
  const [first = '', ...below] = source.split('\n')
  const [label, value] = bold === undefined ? [first, below.join('\n')] : [bold, beside]
  const named = label.trim().replace(/:$/, '')
  const isPair = value.trim() !== ''
  draft.fields.push({
    label: { source: isPair ? named : '', style },
    value: { source: isPair ? value.trim() : source.trim(), style },
  })
}

/** A text object, or another object such as an image among texts. */
function readText(given: unknown): SourceText | undefined {
  const object = asFields(given)
  const source = object && object['type'] !== 'image' ? readString(object, 'text') : undefined
  if (source === undefined) return undefined
  return { source, style: object?.['type'] === 'plain_text' ? 'plain' : 'signs' }
}
