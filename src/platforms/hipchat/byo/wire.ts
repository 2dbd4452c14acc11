import { asRecord } from '../../../shared/json.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'byo'

/** The path for commands: the segment is the token. */
export const webhookPath = '/*'

/** How long the server may wait for an answer, in milliseconds. */
export const answerMs = 5_000

/** The contents of an invocation's `replyTo`; the secret address itself stays with the token. */
export interface ReplyTo {
  /** Whether the token had an address for late replies. */
  readonly hasAddress: boolean
}

/** Durable if there is an address. */
export function durableReplyTo(replyTo: unknown): ReplyTo | undefined {
  return asRecord(replyTo)['hasAddress'] === true ? { hasAddress: true } : undefined
}
