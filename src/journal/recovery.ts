import type { Leftover } from './journal.js'

/** What is to be done with an entry: run it, deliver what its run had said, or report that its run died. */
export function resume(left: Leftover | undefined, idempotent: boolean): 'run' | 'deliver' | 'report' {
  if (!left) return 'run'
  if (left.ended) return 'deliver'
  return idempotent ? 'run' : 'report'
}
