import { setImmediate as turn } from 'node:timers/promises'

/**
 * Starts one job per tick of the event loop, so that a fan-out to many rooms leaves time for requests in between.
 */
export function createPace(): () => Promise<void> {
  let last = Promise.resolve()
  return () => {
    last = last.then(() => turn())
    return last
  }
}
