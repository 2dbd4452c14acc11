/** A signal that is made when it is first looked at: most commands never do, and it costs as much as they. */
export interface Stop {
  readonly signal: AbortSignal
  readonly stopped: boolean
  /** Aborts, once. */
  now(reason: () => unknown): void
}

/** Makes the stop of one call. */
export function createStop(): Stop {
  let controller: AbortController | undefined
  let why: (() => unknown) | undefined
  return {
    get signal() {
      controller ??= new AbortController()
      if (why && !controller.signal.aborted) controller.abort(why())
      return controller.signal
    },
    get stopped() {
      return why !== undefined
    },
    now(reason) {
      if (why) return
      why = reason
      controller?.abort(reason())
    },
  }
}

/** Calls `act` when the signal is aborted, or at once where it is; gives back what prevents that. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act()
  const acts = listening.get(signal) ?? listen(signal)
  acts.add(act)
  return () => void acts.delete(act)
}

/** One listener for all calls: a signal looks through all that it has whenever another comes. */
const listening = new WeakMap<AbortSignal, Set<() => void>>()

function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>()
  listening.set(signal, acts)
  const actAll = () => {
    for (const act of [...acts]) act()
  }
  signal.addEventListener('abort', actAll, { once: true })
  return acts
}
