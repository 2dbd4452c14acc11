import { BotError } from '../model/errors.js'

/** Why a post is refused. */
export type RefusalReason = keyof typeof statuses

const statuses = {
  'invalid-payload': 400,
  'no-text': 400,
  'invalid-token': 401,
  'room-not-allowed': 403,
  'not-allowed': 403,
  'unknown-room': 404,
  'ambiguous-room': 409,
  conflict: 409,
  'too-large': 413,
  'rate-limited': 429,
  failed: 500,
  unavailable: 503,
} as const

/** A refused post. The message is for the sender, in no particular format. */
export class RefusedError extends BotError {
  readonly code = 'refused'
  readonly reason: RefusalReason
  /** The HTTP status of the answer. */
  readonly status: number
  /** Further headers of the answer, such as rate limits. */
  readonly headers: Readonly<Record<string, string>>
  constructor(message: string, reason: RefusalReason, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.reason = reason
    this.status = statuses[reason]
    this.headers = headers
  }
}
