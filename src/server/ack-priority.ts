import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** Gives acknowledgements priority over commands after the event loop was blocked. */
export interface AckPriority {
  /** Number of requests being accepted; callers count it. */
  arriving: number
  /**
   * Usually undefined. For a while after the event loop was blocked, callers that wait here continue one by one, each
   * after the requests that arrived meanwhile were answered.
   */
  readonly whenIdle?: (() => Promise<void>) | undefined
  close(): void
}

/**
 * Creates the count. Services give up after three seconds, so without this, several blocking commands in a row would
 * make them do so. `blockedMs`: the shortest block that counts. `longestMs`: the longest wait for a request, so that a
 * slow one cannot hold up all commands.
 */
export function createAckPriority(blockedMs = 1_000, longestMs = 250): AckPriority {
  let waryUntil = 0
  let line = Promise.resolve()
  let seenAt = performance.now()
  // Timers run before sockets, so this notices a block before anything else does.
  const watch = setInterval(() => {
    const now = performance.now()
    if (now - seenAt > blockedMs + watchMs) waryUntil = now + waryMs
    ackPriority.whenIdle = now < waryUntil ? waitInLine : undefined
    seenAt = now
  }, watchMs)
  watch.unref()

  async function settle(): Promise<void> {
    await sleep(spacingMs) // until the previous one has started
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
