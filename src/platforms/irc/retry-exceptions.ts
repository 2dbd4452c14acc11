import type { RetryExceptions } from '../../delivery/retry-rule.js'

/** What the server says no to for good; every other refusal may be another answer later: https://modern.ircdocs.horse/#numerics */
export const retryExceptions: RetryExceptions = {
  service: 'the server',
  // No such nick, too many targets or none, no text, a line too long, who takes no private lines.
  final: ['401', '407', '411', '412', '413', '414', '415', '417', '486', '531', '716'],
}
