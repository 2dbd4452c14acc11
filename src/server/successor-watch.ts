import type { Journal } from '../journal/journal.js'
import { withDeadline } from '../shared/deadline.js'
import { repeat } from '../shared/repeat.js'

/** Whether others run what this process writes down while it stops. */
export interface Successor {
  /** As it was a moment ago. */
  exists(): boolean
  /** Nothing is left to others any more. */
  close(): void
}

/** Looks for other processes now, and every so many milliseconds: they may stop, too. A store that is away has none. */
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
