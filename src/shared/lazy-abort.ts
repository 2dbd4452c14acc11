import { setMaxListeners } from 'node:events'

/**
 * A signal that is made when it is first looked at, as most commands never do: to make one takes 7 µs of a call's 350
 * (`new AbortController` alone, in turns). A class, for its getters: by gc-friendly-collections.test.ts, of 2 MB that calls
 * brought with them an object that is written with getters keeps all.
 */
export class LazyAbortController {
  #controller: AbortController | undefined
  #why: (() => unknown) | undefined

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#why && !this.#controller.signal.aborted) this.#controller.abort(this.#why())
    return this.#controller.signal
  }

  get stopped(): boolean {
    return this.#why !== undefined
  }

  /** Aborts, once. */
  now(reason: () => unknown): void {
    if (this.#why) return
    this.#why = reason
    this.#controller?.abort(reason())
  }
}

/** Calls `act` when the signal is aborted, or at once if it is already; returns a cancel function. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act()
  setMaxListeners(0, signal) // every call that runs listens to the one of the bot
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}
