import { AuthenticationError } from './errors.js'

/** Identifies a signed request that is valid only once, for one body. Plain JSON. */
export interface ReplayToken {
  /** Unique across all platforms. */
  readonly key: string
  /** A digest of the body. */
  readonly body: string
  /** When the signature expires, in milliseconds since 1970. The same each time the request is repeated. */
  readonly until: number
}

/**
 * Throws AuthenticationError for a token seen before (`known` is its body): with another body, or with the same body if it
 * was accepted. If it was not accepted the first time, the sender is only retrying.
 */
export function assertNotReplayed({ body }: ReplayToken, known: unknown, isNew: boolean): void {
  if (known !== undefined && (known !== body || !isNew)) throw new AuthenticationError('replayed')
}
