import type { RecoveryState } from '../journal/journal.js'

/** What becomes of an entry that was accepted earlier: `run` it, `deliver` what it said, or `report` that it was interrupted. */
export type RecoveryAction = 'run' | 'deliver' | 'report'

/** Decides from how far an earlier process had come. A run that ended is not run again, whatever it is. */
export function recoveryAction(left: RecoveryState | undefined, idempotent: boolean): RecoveryAction {
  if (!left) return 'run'
  if (left.ended) return 'deliver'
  return idempotent ? 'run' : 'report'
}
