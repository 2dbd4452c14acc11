/** Detects workers that hang, by counting checks since their last heartbeat. */
export interface Watchdog<Worker> {
  /** Records a heartbeat. A worker without any may still be starting. */
  heard(worker: Worker): void
  forget(worker: Worker): void
  /** Workers without a heartbeat for too many checks. */
  look(): readonly Worker[]
}

/**
 * Creates a watchdog that reports a worker after `mostSilent` checks without a heartbeat. It uses no clock, so a pause of the
 * whole machine (a closed lid, a suspended VM) counts as one check at most.
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
