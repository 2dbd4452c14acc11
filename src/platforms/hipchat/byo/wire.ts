import { asRecord } from '../../../shared/json.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'byo'

/** Where commands are posted below it: the segment is the token. */
export const webhookPath = '/*'

/** How long the server is let wait for an answer, in milliseconds. */
export const answerMs = 5_000

/** What an invocation's `replyTo` holds: the address itself is secret, and stays with the token. */
export interface ReplyTo {
  /** Whether the token had an address for what comes late. */
  readonly hasAddress: boolean
}

/** All of it lasts where there is an address. */
export function durableReplyTo(replyTo: unknown): ReplyTo | undefined {
  return asRecord(replyTo)['hasAddress'] === true ? { hasAddress: true } : undefined
}
