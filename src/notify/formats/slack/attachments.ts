import { readLabel, readScalar, readUrl } from '../members.js'
import type { Fields } from '../request-fields.js'
import { addBlocks } from './blocks.js'
import { addButton, addImage, addTexts, addTitle, isSilent, readObjects, type SlackDraft } from './draft.js'
import type { SourceText } from './mrkdwn.js'
import { toTone } from './tone.js'

/**
 * Reads a message's attachments into its draft, merging several into one.
 * https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
 */
export function addAttachments(draft: SlackDraft, message: Fields): void {
  for (const attachment of readObjects(message, 'attachments')) addAttachment(draft, attachment)
}

function addAttachment(draft: SlackDraft, attachment: Fields): void {
  const say = (name: string) => addTexts(draft, readText(attachment, name))
  draft.tone ??= toTone(readLabel(attachment, 'color'))
  say('pretext')
  say('author_name')
  addTitle(draft, readText(attachment, 'title'), readUrl(attachment, 'title_link'))
  say('text')
  addBlocks(draft, attachment)
  addFields(draft, attachment)
  addImage(draft, readUrl(attachment, 'image_url'))
  draft.icon ??= readUrl(attachment, 'thumb_url')
  for (const action of readObjects(attachment, 'actions')) addButton(draft, action)
  if (isSilent(draft)) say('fallback')
  say('footer')
}

function addFields(draft: SlackDraft, attachment: Fields): void {
  const style = isMarked(attachment, 'fields') ? 'signs' : 'marks'
  for (const field of readObjects(attachment, 'fields')) {
    const [label, value] = [readLabel(field, 'title') ?? '', readScalar(field, 'value') ?? '']
    if (label !== '' || value !== '') {
      draft.fields.push({ label: { source: label, style: 'marks' }, value: { source: value, style } })
    }
  }
}

function readText(attachment: Fields, name: string): SourceText | undefined {
  const source = readLabel(attachment, name)
  return source === undefined ? undefined : { source, style: isMarked(attachment, name) ? 'signs' : 'marks' }
}

/** Markup applies only where the sender enabled it. */
function isMarked({ mrkdwn_in: names }: Fields, name: string): boolean {
  return Array.isArray(names) && names.includes(name)
}
