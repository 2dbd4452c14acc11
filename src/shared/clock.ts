/** The current time, and timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `then` after `ms` milliseconds; returns a cancel function. */
  after(ms: number, then: () => void): () => void
}

/** The system clock. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}
