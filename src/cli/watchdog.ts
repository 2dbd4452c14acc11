/** Tells which workers hang, by how often it has looked since each gave a sign of life. */
export interface Watchdog<Worker> {
  /** It lives. One that has never said so may take its time to start. */
  heard(worker: Worker): void
  forget(worker: Worker): void
  /** Those that have given no sign of life for so many looks in a row. */
  look(): readonly Worker[]
}

/**
 * Creates a watchdog that calls a worker hung after `mostSilent` checks without a sign of life. It reads no clock: a
 * pause that stops this process too (a closed lid, a suspended machine) is one check at most, and blamed on no worker.
 */
export function createWatchdog<Worker>(mostSilent: number): Watchdog<Worker> {
  const silentLooks = new Map<Worker, number>()
  return {
    heard: (worker) => void silentLooks.set(worker, 0),
    forget: (worker) => void silentLooks.delete(worker),
    look() {
      for (const [worker, looks] of silentLooks) silentLooks.set(worker, looks + 1)
      return [...silentLooks].filter(([, looks]) => looks > mostSilent).map(([worker]) => worker)
    },
  }
}
