import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** Requests on their way in, and when what they asked for may run. */
export interface AckPriority {
  /** Number of requests being taken in; counted by those that take them in. */
  arriving: number
  /**
   * Usually undefined. For a while after the event loop was blocked, callers that wait here continue one by one, each
   * when the requests that came meanwhile are answered.
   */
  readonly whenIdle?: (() => Promise<void>) | undefined
  close(): void
}

/**
 * Creates the count. Services give up after three seconds: behind one blocking command they are answered in time,
 * behind several in a row not. `blockedMs`: the shortest block that counts. `longestMs`: the longest wait for a request
 * that waits for a service, so that one slow request cannot block all commands.
 */
export function createAckPriority(blockedMs = 1_000, longestMs = 250): AckPriority {
  let waryUntil = 0
  let line = Promise.resolve()
  let seenAt = performance.now()
  // Timers come before sockets: after a block this knows of it before anything else does.
  const watch = setInterval(() => {
    const now = performance.now()
    if (now - seenAt > blockedMs + watchMs) waryUntil = now + waryMs
    ackPriority.whenIdle = now < waryUntil ? waitInLine : undefined
    seenAt = now
  }, watchMs)
  watch.unref()

  async function settle(): Promise<void> {
    await sleep(spacingMs) // until the one before has begun
    const latest = performance.now() + longestMs
    do {
      for (let count = 0; count < 4; count++) await turn() // connect, read, parse, take
    } while (ackPriority.arriving > 0 && performance.now() < latest)
  }

  function waitInLine(): Promise<void> {
    line = line.then(settle)
    return line
  }

  const ackPriority: AckPriority & { whenIdle?: (() => Promise<void>) | undefined } = {
    arriving: 0,
    close: () => clearInterval(watch),
  }
  return ackPriority
}

const watchMs = 100
const waryMs = 3_000
const spacingMs = 5
