import { setImmediate as turn } from 'node:timers/promises'

/**
 * Lets one begin in each turn of the event loop: of the many that one post is fanned out as, each takes its time between
 * the requests that come meanwhile, and not all of it at once.
 */
export function createPace(): () => Promise<void> {
  let last = Promise.resolve()
  return () => {
    last = last.then(() => turn())
    return last
  }
}
