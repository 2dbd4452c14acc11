import type { FileReply } from '../../../../model/reply.js'
import { decodeEntities } from '../../../../platforms/html-entities.js'
import { drawCard } from '../../../../platforms/slack/card.js'
import { render } from '../../../../platforms/slack/render.js'
import { textLimit } from '../../../../platforms/slack/wire.js'
import type { Attachment, Block, Message } from '../../../../platforms/slack/wire-message.js'
import type { PreviewPart } from '../../../../simulator/playground.js'
import { fromPlain, fromSlack, fromSlackText } from '../markup.js'
import { type Encoder, listed, showJson } from './encoder.js'

/** Slack: a message of the Web API. */
export const slack: Encoder = {
  service: 'Slack',
  maxTextLength: textLimit,
  cardOverflow: (card) => drawCard(card).left,
  callerId: 'U024BE7LH',
  encode(reply, invocation) {
    if (reply.kind === 'file' && reply.audience === 'room' && reply.content !== '') return uploaded(reply)
    const message = render(reply, invocation)
    const isPrivate = reply.audience === 'caller'
    const place = { channel: 'C024BE91L', ...(isPrivate ? { user: invocation.user.id } : {}) }
    const color = message.attachments?.[0]?.color
    return {
      way: isPrivate ? 'POST chat.postEphemeral' : 'POST chat.postMessage',
      payload: showJson({ ...place, ...message }),
      parts: partsOf(message),
      isPrivate,
      ...(color ? { color } : {}),
    }
  },
}

function uploaded({ name, content, text }: FileReply) {
  const bytes = Buffer.from(content, 'base64').length
  const note = text ? { initial_comment: text } : {}
  return {
    way: 'POST files.completeUploadExternal',
    payload: showJson({ files: [{ id: 'F080BE91L', title: name }], channel_id: 'C024BE91L', ...note }),
    parts: [
      ...listed<PreviewPart>(text ? { kind: 'text', html: fromPlain(text) } : undefined),
      { kind: 'file', name, bytes } as const,
    ],
  }
}

function partsOf({ text, mrkdwn, blocks, attachments = [] }: Message): readonly PreviewPart[] {
  if (blocks) return blocks.flatMap(partsOfBlock)
  return [
    ...listed<PreviewPart>(
      text ? { kind: 'text', html: mrkdwn === false ? fromSlackText(text) : fromSlack(text) } : undefined,
    ),
    ...attachments.flatMap(partsOfAttachment),
  ]
}

function partsOfAttachment({ blocks, text, mrkdwn_in: marked = [] }: Attachment): readonly PreviewPart[] {
  if (blocks) return blocks.flatMap(partsOfBlock)
  return listed(
    text ? { kind: 'text', html: marked.includes('text') ? fromSlack(text) : fromSlackText(text) } : undefined,
  )
}

function partsOfBlock(block: Block): readonly PreviewPart[] {
  if (block.type === 'header') return [{ kind: 'text', html: fromPlain(block.text.text), isTitle: true }]
  if (block.type === 'image') return [{ kind: 'image', url: block.image_url }]
  if (block.type === 'context') return block.elements.map(({ text }) => ({ kind: 'text', html: fromSlack(text) }))
  if (block.type === 'actions') {
    const buttons = block.elements.map(({ text, value, url }) => {
      return { label: text.text, ...(value ? { command: value } : {}), ...(url ? { url } : {}) }
    })
    return [{ kind: 'buttons', buttons }]
  }
  const { text, fields, accessory } = block
  return [
    ...listed<PreviewPart>(accessory && { kind: 'image', url: accessory.image_url, isSmall: true }),
    ...listed<PreviewPart>(text && { kind: 'text', html: fromSlack(text.text) }),
    ...listed<PreviewPart>(fields && { kind: 'fields', fields: fields.map(({ text: field }) => toField(field)) }),
  ]
}

/** A field is one text: its label in bold, its value in the lines below. */
function toField(text: string) {
  const [, label = '', value = text] = /^\*(.+)\*\n([\s\S]*)$/.exec(text) ?? []
  return {
    label: decodeEntities(label),
    html: fromSlack(value),
  }
}
