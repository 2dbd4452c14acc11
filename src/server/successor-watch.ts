import type { Journal } from '../journal/journal.js'
import { withDeadline } from '../shared/deadline.js'
import { repeat } from '../shared/repeat.js'

/** Whether other processes will run what this one stores while it stops. */
export interface Successor {
  /** As of the last check. */
  exists(): boolean
  /** From now on, nothing is left to others. */
  close(): void
}

/** Looks for other processes now and every `lookMs`, because they may stop too. Without a store there are none. */
export async function watchSuccessor(
  { hasSuccessor }: Pick<Journal, 'hasSuccessor'>,
  lookMs = 1_000,
): Promise<Successor> {
  let exists = false
  let closed = false
  const none = () => {
    exists = false
  }
  const look = async () => {
    exists = await withDeadline(hasSuccessor(), 2_000, () => new Error('The store does not answer.'))
  }
  await look().catch(none)
  const timer = repeat(look, lookMs, none)
  return {
    exists: () => exists && !closed,
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}
