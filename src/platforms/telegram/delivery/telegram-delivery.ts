import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import type { ReplyTo } from '../wire.js'

/** One reply on its way. */
export interface TelegramDelivery {
  readonly reply: Reply
  readonly invocation: Invocation
  /** Where it was asked from, with the id that the chat has now. */
  readonly target: ReplyTo
}
