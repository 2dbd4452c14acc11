import type { Leftover } from '../journal/journal.js'

/** What becomes of an entry that was accepted earlier: `run` it, `deliver` what it said, or `report` that it was interrupted. */
export type Step = 'run' | 'deliver' | 'report'

/** Decides from how far an earlier process had come. A run that ended is not run again, whatever it is. */
export function resume(left: Leftover | undefined, idempotent: boolean): Step {
  if (!left) return 'run'
  if (left.ended) return 'deliver'
  return idempotent ? 'run' : 'report'
}
