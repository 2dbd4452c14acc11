import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import type { ReplyTo } from '../wire.js'

/** One reply to deliver. */
export interface TelegramDelivery {
  readonly reply: Reply
  readonly invocation: Invocation
  /** The invocation's target, with the chat's current id. */
  readonly target: ReplyTo
}
