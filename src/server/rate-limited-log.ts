import type { LogFields, Logger } from '../model/logger.js'

/** Warnings that requests from outside can cause. */
export type Warn = (facts: LogFields, message: string) => void

/**
 * Creates a warning log that cannot fill the disk: per period it writes `most` warnings, and one more line with the
 * number of the others.
 */
export function createRateLimitedWarn(log: Logger, { most = 100, withinMs = 1_000 } = {}): Warn {
  let written = 0
  let spared = 0

  function closeWindow(): void {
    if (spared > 0) log.warn({ more: spared, withinMs }, 'further refused requests were not logged one by one')
    written = spared = 0
  }

  return (facts, message) => {
    if (written === 0) setTimeout(closeWindow, withinMs).unref()
    if (written >= most) spared++
    else {
      written++
      log.warn(facts, message)
    }
  }
}
