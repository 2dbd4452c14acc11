import type { Reply } from '../model/reply.js'

/** Progress on its way to a room where nothing can be taken back: some of it, and always the last of it. */
export interface ProgressThrottle {
  put(reply: Reply): void
  /** Shows what was held back: nothing newer will come. */
  end(): void
}

/** What updates go through. */
export interface ProgressThrottleDeps {
  put(reply: Reply): void
  /** Whether a later reply of its name takes this one's place where it is shown; then none is held back. */
  canEdit(reply: Reply): boolean
}

/**
 * Creates the throttle of one call. The first reply of a name is shown at once, later ones with longer and longer
 * pauses, each time the newest. A reply that stays first flushes those held back, so that the order is as given.
 */
export function createProgressThrottle({ put, canEdit }: ProgressThrottleDeps): ProgressThrottle {
  const shown = new Set<string>()
  const held = new Map<string, Reply>()
  let pauseMs = firstPauseMs
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    for (const reply of held.values()) put(reply)
    held.clear()
  }

  function rest(): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      timer = undefined
      if (held.size === 0) return
      flush()
      rest()
    }, pauseMs)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }

  return {
    put(reply) {
      const { updateKey } = reply
      const update = updateKey !== undefined && shown.has(updateKey)
      if (updateKey !== undefined) {
        shown.add(updateKey)
        held.delete(updateKey) // what is newer comes last, as it was given
      }
      if (!update) flush()
      if (updateKey === undefined || canEdit(reply)) return put(reply)
      held.set(updateKey, reply)
      if (update && timer) return
      flush()
      if (!timer) rest()
    },
    end() {
      clearTimeout(timer)
      flush()
    },
  }
}

const firstPauseMs = 10_000
const longestPauseMs = 60_000
