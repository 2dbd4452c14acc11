/** Where a fault applies: a kind of request to the server, or the delivery of webhooks. */
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
/** Where a fault applies. */
export type FaultTarget = (typeof faultTargets)[number]

/**
 * The kinds of faults. Requests: `delay` (then served), `status`, `reset` (cut off in the body), `lost` (served, then cut
 * off), `hang` (never answered), `dead` (closed immediately), `refuse` (401). Deliveries: `delay`, `duplicate`, `minimal`
 * (only members that every body has), `clock` (signed with a wrong time), `drop`.
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
/** The kind of fault. */
export type FaultKind = (typeof faultKinds)[number]

/** A fault to inject. */
export interface Fault {
  readonly target: FaultTarget
  readonly kind: FaultKind
  /** How often; by default until it is removed. */
  readonly count?: number
  /** For how long, in milliseconds from now. */
  readonly forMs?: number
  /** For `delay`: how long. Default 1,000. */
  readonly delayMs?: number
  /** For `status`: 429, 500, 503 or another. Default 500. */
  readonly status?: number
  /** For `clock`: how many milliseconds it is ahead; negative: behind. Default ten minutes ahead. */
  readonly offMs?: number
}

/** An active fault. */
export interface ActiveFault extends Fault {
  readonly id: number
  readonly left?: number
}

/** The active faults. */
export interface Faults {
  add(fault: Fault): ActiveFault
  list(): readonly ActiveFault[]
  /** Removes a fault, or all of them. */
  clear(id?: number): void
  /** The fault for this request, if any; counts it as used. */
  next(target: FaultTarget): Fault | undefined
}

/** Creates the list of faults. */
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

/** The same list, calling `changed` whenever it changes. */
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
