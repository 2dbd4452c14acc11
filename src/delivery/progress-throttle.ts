import type { Reply } from '../model/reply.js'

/** Throttles progress updates where messages cannot be edited; the last update is always shown. */
export interface ProgressThrottle {
  put(reply: Reply): void
  /** Shows the update that was held back, because no newer one will come. */
  end(): void
}

/** What throttling needs. */
export interface ProgressThrottleDeps {
  put(reply: Reply): void
  /** Whether a later reply replaces this one on screen; then none is held back. */
  canEdit(reply: Reply): boolean
}

/**
 * Creates the throttle of one call. The first reply of a name is shown immediately, later ones at growing intervals, each
 * time the newest. An ordinary reply first flushes updates that were held back, to keep the order.
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
        held.delete(updateKey) // the newer one goes to the end
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
