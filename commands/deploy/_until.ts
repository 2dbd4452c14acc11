/** A signal that is aborted with any of several others, or after a time. */
export interface Until {
  readonly signal: AbortSignal
  /** Stops listening to the others. Call it when the work is over. */
  release(): void
}

/**
 * Combines signals, and a limit in milliseconds if one is given. AbortSignal.any() with AbortSignal.timeout() would do,
 * but Node.js 20 may garbage-collect both before the time is up, and then they never abort.
 */
export function until(signals: readonly AbortSignal[], limitMs?: number): Until {
  const controller = new AbortController()
  const follow = signals.map((signal) => {
    const abort = () => controller.abort(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    return () => signal.removeEventListener('abort', abort)
  })
  const late = () => controller.abort(new DOMException('The time is up.', 'TimeoutError'))
  const timer = limitMs === undefined ? undefined : setTimeout(late, limitMs)
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer)
      for (const leave of follow) leave()
    },
  }
}
