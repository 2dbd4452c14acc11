import type { Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import type { Ack, Verified } from '../platform.js'
import type { ButtonLines } from './commands/button-lines.js'
import { toMessageArgs } from './delivery/message-args.js'
import type { Pace } from './delivery/pace.js'
import { render } from './render.js'
import { decodeReplyTo } from './reply-target.js'
import type { Payload } from './updates/enrich-update.js'

/** What the answer is drawn with. */
export interface AnswerDeps {
  readonly pace: Pace
  readonly buttonLines: ButtonLines
}

/**
 * Creates the answer that rides in a webhook's response: one call of a method, of which nothing is heard any more. So
 * nothing rides that could be refused and has another way. https://core.telegram.org/bots/api#making-requests-when-getting-updates
 */
export function createAnswer({ pace, buttonLines }: AnswerDeps) {
  return async (reply: Reply, verified: Verified<Payload>, invocation: Invocation): Promise<Ack | undefined> => {
    const { by, update } = verified.payload
    const { chatId, threadId } = decodeReplyTo(invocation)
    const isForAll = reply.audience === 'room' || !chatId.startsWith('-')
    // The response to a press says that it was heard.
    if (by !== 'webhook' || update.callback_query || reply.kind === 'file' || !isForAll) return undefined
    if (reply.kind === 'card' && reply.card.buttons?.some(({ url }) => url)) return undefined // of an address it may not like
    if (pace.reserve(chatId, 0) > 0) return undefined
    const rendered = render(reply, invocation)
    await buttonLines.keep(chatId, rendered.kept)
    return { status: 200, body: { method: 'sendMessage', ...toMessageArgs({ chatId, threadId }, rendered) } }
  }
}
