import { createFifo } from '../shared/fifo.js'

/**
 * What ran when its process died, and is to run again. Whose fault the death was is not known: so one of them runs at a
 * time, and what is new has had time before each that follows a death.
 */
export interface Suspects<Item> {
  add(item: Item): void
  /** Lets none run for a while, in which others are served. */
  rest(): void
  /** The next that may run now: from then on none does until `done` is called with it. */
  take(): Item | undefined
  done(item: Item): void
  /** Any that waits, for another process. */
  takeWaiting(): Item | undefined
}

/**
 * Creates an empty queue of suspects. `onReady` is called when one may run: `restMs` after the first came. If it ends its
 * process, the next process rests as long, and serves others meanwhile.
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
