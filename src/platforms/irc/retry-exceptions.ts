import type { RetryExceptions } from '../../delivery/retry-rule.js'

/** What the server refuses permanently; all other refusals may pass. https://modern.ircdocs.horse/#numerics */
export const retryExceptions: RetryExceptions = {
  service: 'the server',
  // No such nick, too many recipients or none, no text, a line too long, a person who accepts no private messages.
  final: ['401', '407', '411', '412', '413', '414', '415', '417', '486', '531', '716'],
}
