import { AuthenticationError } from './errors.js'

/** What a request was proven with, where that is good for this one body and no other. Plain JSON. */
export interface ReplayToken {
  /** Tells it from all others, of every platform. */
  readonly key: string
  /** Stands for the body. */
  readonly body: string
  /** When it will be out of time by itself, in milliseconds since 1970: the same however often it is shown. */
  readonly until: number
}

/**
 * Throws AuthenticationError for a token that was shown before (`known` is its body): with another body, or with the same one
 * after that came to something. Whose first time came to nothing is trying again, as senders do.
 */
export function assertNotReplayed({ body }: ReplayToken, known: unknown, isNew: boolean): void {
  if (known !== undefined && (known !== body || !isNew)) throw new AuthenticationError('replayed')
}
