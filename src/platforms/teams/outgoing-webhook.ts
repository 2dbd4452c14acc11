import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, SynchronousAnswer, Verified } from '../platform.js'
import { decode } from './decode.js'
import { render } from './render.js'
import { largestMessage, type Message, type Payload } from './wire.js'

/**
 * Answers an Outgoing Webhook in its response, which is the only way to reach its room.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
 */
export const outgoingWebhook: SynchronousAnswer = {
  withinMs: 4_000, // it gives up after five seconds
  isFor: ({ payload }) => (payload as Payload).door === 'webhook',
  show(replies, verified) {
    const { invocation } = decode(verified as Verified<Payload>) // its own verify made it
    if (!invocation || replies.length === 0) return { status: 200 }
    return { status: 200, body: { ...join(latest(replies), invocation) } }
  },
  late: () => toAck('It takes longer; its result cannot be shown here.'),
}

function toAck(text: string): Ack {
  return { status: 200, body: { type: 'message', text } }
}

/** Of progress updates, only the last is shown. */
function latest(replies: readonly Reply[]): readonly Reply[] {
  return replies.filter(
    ({ updateKey }, at) =>
      updateKey === undefined || replies.findLastIndex((one) => one.updateKey === updateKey) === at,
  )
}

/** Everything in one message, as far as it fits. */
function join(replies: readonly Reply[], invocation: Invocation): Message {
  const parts = replies.map((reply) => render(reply, invocation, undefined, { canPress: false }))
  for (let count = parts.length; count > 1; count--) {
    const message = joined(parts.slice(0, count), count < parts.length)
    if (Buffer.byteLength(JSON.stringify(message)) <= largestMessage) return message
  }
  return joined(parts.slice(0, 1), parts.length > 1)
}

function joined(parts: readonly Message[], isCut: boolean): Message {
  const texts = parts.flatMap(({ text }) => text ?? [])
  const text = [...texts, ...(isCut ? ['(The rest has no room here.)'] : [])].join('<br>')
  const attachments = parts.flatMap((one) => one.attachments ?? [])
  return {
    type: 'message',
    ...(text ? { textFormat: 'xml', text } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
  }
}
