import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, Verified } from '../platform.js'
import type { ButtonLines } from './commands/button-lines.js'
import { toMessageArgs } from './delivery/message-args.js'
import type { Pace } from './delivery/pace.js'
import { render } from './render.js'
import { decodeReplyTo } from './reply-target.js'
import type { Payload } from './updates/enrich-update.js'

/** What rendering the answer needs. */
export interface AnswerDeps {
  readonly pace: Pace
  readonly buttonLines: ButtonLines
}

/**
 * Creates the answer in a webhook's response: one method call whose result is unknown, so only what cannot fail and cannot be
 * sent better another way. https://core.telegram.org/bots/api#making-requests-when-getting-updates
 */
export function createAnswer({ pace, buttonLines }: AnswerDeps) {
  return async (reply: Reply, verified: Verified<Payload>, invocation: Invocation): Promise<Ack | undefined> => {
    const { by, update } = verified.payload
    const { chatId, threadId } = decodeReplyTo(invocation)
    const isForAll = reply.audience === 'room' || !chatId.startsWith('-')
    // The response to a pressed button must confirm it.
    if (by !== 'webhook' || update.callback_query || reply.kind === 'file' || !isForAll) return undefined
    if (reply.kind === 'card' && reply.card.buttons?.some(({ url }) => url)) return undefined // the service may refuse an address
    if (pace.reserve(chatId, 0) > 0) return undefined
    const rendered = render(reply, invocation)
    await buttonLines.keep(chatId, rendered.kept)
    return { status: 200, body: { method: 'sendMessage', ...toMessageArgs({ chatId, threadId }, rendered) } }
  }
}
