import type { RetryExceptions } from '../../delivery/retry-rule.js'
import { name } from './wire.js'

/** Exceptions to the retry rule, by the condition of a refusal. https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3 */
export const retryExceptions: RetryExceptions = {
  service: name,
  // The bot will rejoin the room, and servers will find each other again.
  retried: ['not-acceptable', 'remote-server-not-found', 'remote-server-timeout'],
}
