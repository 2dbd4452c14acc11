/** Where a fault strikes: a kind of request to the server, or a webhook's way out. */
export const faultTargets = [
  'any',
  'capabilities',
  'token',
  'notification',
  'webhook',
  'room',
  'user',
  'delivery',
] as const
/** Where a fault strikes. */
export type FaultTarget = (typeof faultTargets)[number]

/**
 * What goes wrong. Requests: `delay` (then served), `status`, `reset` (broken off mid-body), `lost` (served, then
 * broken off), `hang` (never answered), `dead` (closed at once), `refuse` (401). Deliveries: `delay`, `duplicate`,
 * `minimal` (only the members that every body has), `clock` (signed by a clock that is wrong), `drop`.
 */
export const faultKinds = [
  'delay',
  'status',
  'reset',
  'lost',
  'hang',
  'dead',
  'refuse',
  'duplicate',
  'minimal',
  'clock',
  'drop',
] as const
/** What goes wrong. */
export type FaultKind = (typeof faultKinds)[number]

/** Something that is to go wrong. */
export interface Fault {
  readonly target: FaultTarget
  readonly kind: FaultKind
  /** How often; without it, until it is taken away. */
  readonly count?: number
  /** For how long, in milliseconds from now. */
  readonly forMs?: number
  /** Of `delay`: how long. Default 1,000. */
  readonly delayMs?: number
  /** Of `status`: 429, 500, 503 or another. Default 500. */
  readonly status?: number
  /** Of `clock`: how far it is ahead, in milliseconds; below 0, behind. Default ten minutes ahead. */
  readonly offMs?: number
}

/** A fault that stands. */
export interface ActiveFault extends Fault {
  readonly id: number
  readonly left?: number
}

/** What is to go wrong, and how often still. */
export interface Faults {
  add(fault: Fault): ActiveFault
  list(): readonly ActiveFault[]
  /** Takes a fault away, or all of them. */
  clear(id?: number): void
  /** The fault that strikes now, if one does; it counts as used. */
  next(target: FaultTarget): Fault | undefined
}

/** Keeps the faults that somebody asked for. */
export function createFaults(clock: () => number = Date.now): Faults {
  let standing: { fault: ActiveFault; until: number; left: number }[] = []
  let nextId = 1

  function active() {
    standing = standing.filter(({ until, left }) => until > clock() && left > 0)
    return standing
  }

  return {
    add(fault) {
      const until = fault.forMs === undefined ? Number.POSITIVE_INFINITY : clock() + fault.forMs
      const kept = { fault: { ...fault, id: nextId++ }, until, left: fault.count ?? Number.POSITIVE_INFINITY }
      standing.push(kept)
      return kept.fault
    },

    list: () => active().map(({ fault, left }) => ({ ...fault, ...(Number.isFinite(left) ? { left } : {}) })),

    clear(id) {
      standing = id === undefined ? [] : standing.filter(({ fault }) => fault.id !== id)
    },

    next(target) {
      const found = active().find(({ fault }) =>
        fault.target === 'any' ? target !== 'delivery' : fault.target === target,
      )
      if (!found) return undefined
      found.left -= 1
      return found.fault
    },
  }
}

/** The same faults, of which `changed` is told whenever others stand than before. */
export function watchFaults(faults: Faults, changed: () => void): Faults {
  return {
    list: faults.list,
    add(fault) {
      const added = faults.add(fault)
      if (fault.forMs !== undefined) setTimeout(changed, fault.forMs).unref()
      changed()
      return added
    },
    clear(id) {
      faults.clear(id)
      changed()
    },
    next(target) {
      const fault = faults.next(target)
      if (fault?.count !== undefined) changed()
      return fault
    },
  }
}
