import type { Clock } from '../shared/clock.js'

/** One timer for all future work. */
export interface DueTimer {
  /** Sets it again, because the next due time has changed. */
  set(): void
  stop(): void
}

interface DueTimerDeps {
  readonly clock: Clock
  /**
   * How long it waits at most before it looks at the clock again: timers do not count the time that a laptop sleeps, nor
   * notice a clock that is set right.
   */
  readonly lookMs: number
  /** When it is due next, in milliseconds since 1970; Infinity: never. */
  next(now: number): number
  /** Does what is due. Never throws, and never overlaps. */
  act(now: number): Promise<void>
}

/** Creates the timer; `set` arms it. Work still due after `act` is retried after `retryMs`. */
export function createDueTimer({ clock, lookMs, next, act }: DueTimerDeps): DueTimer {
  let cancel = () => {}
  let busy = false
  let stopped = false
  // Everything due before this time has been handled.
  let acted = Number.NEGATIVE_INFINITY

  function arrange(): void {
    cancel()
    const now = clock.now()
    const at = next(now)
    if (stopped || at === Number.POSITIVE_INFINITY) return
    const ms = at > now ? Math.min(at - now, lookMs, longest) : at > acted ? 0 : retryMs
    cancel = clock.after(ms, () => (clock.now() < at ? arrange() : void ring()))
  }

  async function ring(): Promise<void> {
    busy = true
    acted = clock.now()
    await act(acted)
    busy = false
    arrange()
  }

  return {
    set() {
      acted = Number.NEGATIVE_INFINITY
      if (!busy) arrange()
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}

/** The pause before failed work is retried. */
export const retryMs = 5_000

/** The longest delay that setTimeout supports. */
const longest = 2 ** 31 - 1
