import { IntrusiveSet, type Pooled } from './gc-friendly-collections.js'

/**
 * An abort controller whose signal is created on first use, which most commands never do: 0.15 µs instead of 5.7 (bench
 * `tricks`). It is a class because of its getter: in gc-friendly-collections.test.ts, object literals with getters keep
 * all of 2 MB.
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

/** Calls `act` when the signal is aborted, or immediately if it already is; returns a cancel function. */
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

/** Every call listens to the bot's one signal; a native listener list would keep finished calls in memory. */
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
