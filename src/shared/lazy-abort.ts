import { IntrusiveSet, type Pooled } from './gc-friendly-collections.js'

/**
 * A signal that is made when it is first looked at, as most commands never do: 0.15 µs instead of 5.7 (bench `tricks`).
 * A class, for its getters: by gc-friendly-collections.test.ts, of 2 MB that calls brought with them an object that is
 * written with getters keeps all.
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
  const listeners = listenersOf.get(signal) ?? listenTo(signal)
  const listener: Listener = { act }
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

interface Listener extends Pooled {
  readonly act: () => void
}

/** Every call listens to the one signal of the bot, whose own list of listeners would keep what has long passed. */
const listenersOf = new WeakMap<AbortSignal, IntrusiveSet<Listener>>()

function listenTo(signal: AbortSignal): IntrusiveSet<Listener> {
  const listeners = new IntrusiveSet<Listener>()
  const actAll = () => {
    for (const { act } of listeners.list()) act()
  }
  signal.addEventListener('abort', actAll, { once: true })
  listenersOf.set(signal, listeners)
  return listeners
}
