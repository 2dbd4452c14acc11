import type { CardReply, TextReply } from '../../../model/reply.js'
import { drawCard } from '../../../platforms/slack/card.js'
import { cutMarked, escapeText, plainText } from '../../../platforms/slack/mrkdwn.js'
import { colors } from '../../../platforms/slack/render.js'
import { retryExceptions } from '../../../platforms/slack/retry-exceptions.js'
import { textLimit } from '../../../platforms/slack/wire.js'
import type { Message } from '../../../platforms/slack/wire-message.js'
import { shorten } from '../../../shared/text.js'
import type { WireFormat } from '../wire-format.js'

/** Slack's incoming webhooks and compatible ones. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slack: WireFormat = {
  service: 'Slack',
  maxTextLength: textLimit,
  takesToken: false,
  exceptions: retryExceptions,
  address: (to) => to.href,
  body: (notification, { room, from }) => ({
    ...(notification.kind === 'card' ? drawBlocks(notification) : drawText(notification)),
    ...(room === undefined ? {} : { channel: room }),
    ...(from === undefined ? {} : { username: from }),
  }),
  /** Slack answers `ok` and others something else, but none answers with an HTML page. */
  confirms: ({ body }) => !/^\s*</.test(body.toString()),
}

function drawText({ text, tone = 'neutral' }: TextReply): Message {
  const escaped = escapeText(text)
  if (tone === 'neutral') return { text: escaped, mrkdwn: false }
  return { attachments: [{ color: colors[tone], fallback: cutMarked(escaped, 300), text: escaped, mrkdwn_in: [] }] }
}

/** The part that does not fit the blocks goes below them. */
function drawBlocks({ card, tone = 'neutral' }: CardReply): Message {
  const { blocks, left } = drawCard(card)
  const title = shorten(card.title, 300)
  const color = colors[tone]
  const below = { color, text: escapeText(shorten(left, textLimit)), fallback: plainText(title), mrkdwn_in: [] }
  const rest = left ? [below] : []
  if (tone === 'neutral') return { text: escapeText(title), blocks, ...(left ? { attachments: rest } : {}) }
  return { attachments: [{ color, fallback: plainText(title), blocks }, ...rest] }
}
