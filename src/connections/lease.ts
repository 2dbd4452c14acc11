import { describeProcess, hasExited, type ProcessIdentity } from '../journal/process-liveness.js'
import { isRecord } from '../shared/json.js'
import type { Store } from '../stores/store.js'

/** The right of one process among all to hold a connection. It runs out by itself where it is not renewed. */
export interface Lease {
  /** This process's name as a holder. */
  readonly id: string
  /** Who holds it now, as the store says. */
  holder(): Promise<string | undefined>
  /** Takes it if it is free, or its holder has exited. Rejects where the store cannot be reached. */
  take(): Promise<boolean>
  /** Whether it is still ours, by this process's own clocks: asked before anything is done in its name. */
  isHeld(): boolean
  /** Renews it; false where it is lost. A store that cannot be reached loses it only with the time. */
  renew(): Promise<boolean>
  /** Gives it back, so that another need not wait. */
  release(): Promise<void>
}

/** Creates the lease of `key`, which lasts for `ttlMs`. */
export function createLease({ store, key, ttlMs, self = describeProcess() }: LeaseDeps): Lease {
  let heldUntil: Deadline | undefined

  /** Counted from before the store was asked: others may count from later, and never from earlier. */
  async function hold(write: () => Promise<boolean>): Promise<boolean> {
    const until = deadlineIn(ttlMs)
    heldUntil = (await write()) && !isOver(until) ? until : undefined
    return heldUntil !== undefined
  }

  const isHeld = () => heldUntil !== undefined && !isOver(heldUntil)
  const add = () => store.add(key, self, { ttlMs })
  const isOurs = (stored: unknown) => toHolder(stored)?.id === self.id

  /** Ends the lease of a process that has exited: one of those who see that does it. */
  async function bury(): Promise<boolean> {
    const holder = toHolder(await store.get(key))
    if (!holder || !hasExited(holder, self)) return false
    if (!(await store.add(`${key}/exited/${holder.id}`, true, { ttlMs: 60_000 }))) return false
    if (toHolder(await store.get(key))?.id === holder.id) await store.delete(key)
    return true
  }

  return {
    id: self.id,
    holder: async () => toHolder(await store.get(key))?.id,
    async take() {
      return (await hold(add)) || ((await bury()) && (await hold(add)))
    },
    isHeld,
    async renew() {
      if (!isHeld()) return false
      try {
        return await hold(async () => {
          const stored = await store.get(key)
          if (stored === undefined) return await add()
          if (!isOurs(stored) || !isHeld()) return false
          await store.set(key, self, { ttlMs })
          return isHeld() // else another may have taken it before this was written
        })
      } catch {
        return isHeld()
      }
    },
    async release() {
      const held = isHeld()
      heldUntil = undefined
      if (held && isOurs(await store.get(key))) await store.delete(key)
    },
  }
}

interface LeaseDeps {
  readonly store: Pick<Store, 'add' | 'get' | 'set' | 'delete'>
  readonly key: string
  readonly ttlMs: number
  /** Who this process says it is. */
  readonly self?: ProcessIdentity
}

function toHolder(stored: unknown): ProcessIdentity | undefined {
  return isRecord(stored) && typeof stored['id'] === 'string' ? (stored as unknown as ProcessIdentity) : undefined
}

/** A time by two clocks: one stands still while the machine sleeps, the other may be set. */
interface Deadline {
  readonly steady: number
  readonly wall: number
}

function deadlineIn(ms: number): Deadline {
  return { steady: performance.now() + ms, wall: Date.now() + ms }
}

function isOver({ steady, wall }: Deadline): boolean {
  return performance.now() >= steady || Date.now() >= wall
}
