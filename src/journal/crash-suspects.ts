import { createFifo } from '../shared/fifo.js'

/**
 * Calls that ran when their process died and are to run again. Any of them may be the cause, so they run one at a time, and
 * after each crash new calls are served first.
 */
export interface Suspects<Item> {
  add(item: Item): void
  /** Pauses for a while, in which other calls are served. */
  rest(): void
  /** The next call that may run; no other may until `done` is called with it. */
  take(): Item | undefined
  done(item: Item): void
  /** Any waiting call, to release it to another process. */
  takeWaiting(): Item | undefined
}

/**
 * Creates an empty queue of suspects. `onReady` is called when one may run: `restMs` after the first was added. If that one
 * kills the process, the next process waits as long and serves others meanwhile.
 */
export function createSuspects<Item>(onReady: () => void, restMs: number): Suspects<Item> {
  const waiting = createFifo<Item>()
  let running: Item | undefined
  let phase: 'empty' | 'resting' | 'ready' = 'empty'
  let timer: NodeJS.Timeout | undefined

  function rest(): void {
    clearTimeout(timer)
    phase = 'resting'
    timer = setTimeout(wake, restMs).unref()
  }

  function wake(): void {
    phase = waiting.size() > 0 ? 'ready' : 'empty'
    onReady()
  }

  return {
    add(item) {
      waiting.add(item)
      if (phase === 'empty') rest()
    },
    rest,
    take() {
      if (phase !== 'ready' || running !== undefined) return undefined
      running = waiting.take()
      return running
    },
    done(item) {
      if (running !== item) return
      running = undefined
      if (waiting.size() === 0) phase = 'empty'
    },
    takeWaiting: () => waiting.take(),
  }
}
