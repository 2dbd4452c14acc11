/** The limits of HipChat Cloud: 500 requests in five minutes, 30 messages per room and minute. */
export interface Limits {
  readonly requests: number
  readonly requestSeconds: number
  readonly messages: number
  readonly messageSeconds: number
}

/** The allowance after a request. */
export interface Allowance {
  readonly limit: number
  readonly remaining: number
  /** When the window ends, in Unix seconds. */
  readonly reset: number
  readonly over: boolean
}

/** High enough for development not to hit limits by accident. */
export const generousLimits: Limits = { requests: 5000, requestSeconds: 300, messages: 600, messageSeconds: 60 }

/** Counts by key in windows of `seconds`; past windows are forgotten. */
export function createCounter(most: number, seconds: number, clock: () => number) {
  const windows = new Map<string, { count: number; reset: number }>()

  function window(key: string) {
    for (const [old, { reset }] of windows) if (reset <= clock()) windows.delete(old)
    const found = windows.get(key)
    if (found) return found
    const fresh = { count: 0, reset: clock() + seconds * 1000 }
    windows.set(key, fresh)
    return fresh
  }

  return {
    /** Adds `by` and returns the allowance. */
    count(key: string, by = 1): Allowance {
      const counted = window(key)
      counted.count += by
      const remaining = Math.max(0, most - counted.count)
      return { limit: most, remaining, reset: Math.ceil(counted.reset / 1000), over: counted.count > most }
    },
  }
}
