import { IntrusiveSet, type Pooled } from './pooled-collections.js'

/**
 * A signal that is made when it is first looked at: most commands never do, and it costs as much as they. A class, for its
 * getters: the engine makes a lasting shape for each object that is written with some.
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

/** Calls `act` when the signal is aborted, or at once where it is; gives back what prevents that. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act()
  const acts = listening.get(signal) ?? listen(signal)
  const listener: Listener = { act }
  acts.add(listener)
  return () => void acts.delete(listener)
}

interface Listener extends Pooled {
  act(): void
}

/** One listener for all calls: a signal looks through all that it has whenever another comes. */
const listening = new WeakMap<AbortSignal, IntrusiveSet<Listener>>()

function listen(signal: AbortSignal): IntrusiveSet<Listener> {
  const acts = new IntrusiveSet<Listener>()
  listening.set(signal, acts)
  const actAll = () => {
    for (const { act } of acts.list()) act()
  }
  signal.addEventListener('abort', actAll, { once: true })
  return acts
}
