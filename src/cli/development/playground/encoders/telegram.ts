import type { Card, Reply } from '../../../../model/reply.js'
import { drawCard } from '../../../../platforms/telegram/card.js'
import { toMessageArgs } from '../../../../platforms/telegram/delivery/message-args.js'
import { render } from '../../../../platforms/telegram/render.js'
import { type Content, textLimit } from '../../../../platforms/telegram/wire.js'
import type { PreviewPart } from '../../../../simulator/playground.js'
import { type Encoder, listed, showJson } from './encoder.js'

/** Telegram: a message of the Bot API. */
export const telegram: Encoder = {
  service: 'Telegram',
  maxTextLength: textLimit,
  cardOverflow: (card) => drawCard(card).left,
  callerId: '98765432',
  encode(reply, invocation) {
    const rendered = render(reply, invocation)
    const { content, file } = rendered
    const isPrivate = reply.audience === 'caller'
    const receiver = isPrivate ? { ephemeral_message_parameters: { receiver_user_id: Number(invocation.user.id) } } : {}
    return {
      way: file ? 'POST sendDocument' : 'POST sendMessage',
      payload: showJson({ ...toMessageArgs({ chatId: '-1001234567890' }, rendered), ...receiver }),
      parts: [
        ...listed<PreviewPart>(content.text ? { kind: 'text', html: content.text } : undefined),
        ...partsBelow(content, reply),
        ...listed<PreviewPart>(file && { kind: 'file', name: file.name, bytes: file.bytes.length }),
      ],
      isPrivate,
    }
  },
}

function partsBelow(
  { link_preview_options: preview, reply_markup: keyboard }: Content,
  reply: Reply,
): readonly PreviewPart[] {
  const picture = preview?.['url']
  return [
    ...listed<PreviewPart>(typeof picture === 'string' ? { kind: 'image', url: picture } : undefined),
    ...(keyboard?.inline_keyboard ?? []).map((row): PreviewPart => {
      const card = reply.kind === 'card' ? reply.card : undefined
      return { kind: 'buttons', buttons: row.map(({ text, url }) => ({ label: text, ...lineOf(text, url, card) })) }
    }),
  ]
}

/** What a button types may be kept under a key, and not stand in it: the card says it. */
function lineOf(text: string, url: string | undefined, card: Card | undefined) {
  if (url) return { url }
  const command = card?.buttons?.find(({ label }) => text.endsWith(label.trim()))?.command
  return command ? { command } : {}
}
