import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** Requests on their way in, and when what they asked for may run. */
export interface Backpressure {
  /** A request is being taken in, until `gone` says that one is not any more. */
  enter(): void
  leave(): void
  /**
   * Nothing to wait for, as a rule. For a while after something has blocked the event loop, whoever waits here goes on
   * one after the other, each when those who came meanwhile have their answers.
   */
  whenIdle(): Promise<void> | undefined
  close(): void
}

/**
 * Makes the count. Services give up after three seconds: behind one command that blocks they are answered in time, behind
 * several in a row not. `blockedMs`: how long a block is worth heeding. `longestMs`: so long one is waited for that waits for
 * a service, which must not stop all commands.
 */
export function createBackpressure(blockedMs = 1_000, longestMs = 250): Backpressure {
  let arriving = 0
  let waryUntil = 0
  let line = Promise.resolve()
  let seenAt = performance.now()
  // Timers come before sockets: after a block this knows of it before anything else does.
  const watch = setInterval(() => {
    const now = performance.now()
    if (now - seenAt > blockedMs + watchMs) waryUntil = now + waryMs
    seenAt = now
  }, watchMs)
  watch.unref()

  async function settle(): Promise<void> {
    await sleep(spacingMs) // until the one before has begun
    const latest = performance.now() + longestMs
    do {
      for (let count = 0; count < 4; count++) await turn() // connect, read, parse, take
    } while (arriving > 0 && performance.now() < latest)
  }

  return {
    enter: () => void arriving++,
    leave: () => void arriving--,
    whenIdle() {
      if (waryUntil === 0 || performance.now() > waryUntil) return undefined
      line = line.then(settle)
      return line
    },
    close: () => clearInterval(watch),
  }
}

const watchMs = 100
const waryMs = 3_000
const spacingMs = 5
