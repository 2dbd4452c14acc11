import type { RetryExceptions } from '../../delivery/retry-rule.js'
import { name } from './wire.js'

/** In what XMPP differs from the retry rule: what is refused comes back with a condition. https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3 */
export const retryExceptions: RetryExceptions = {
  service: name,
  // Out of the room the bot enters it again; servers find each other again.
  retried: ['not-acceptable', 'remote-server-not-found', 'remote-server-timeout'],
}
