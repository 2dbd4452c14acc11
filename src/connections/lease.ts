import { describeProcess, hasExited, type ProcessIdentity } from '../journal/process-liveness.js'
import { isRecord } from '../shared/json.js'
import type { Store } from '../stores/store.js'

/** The right of one process to hold a connection. It expires unless it is renewed. */
export interface Lease {
  /** The name of this process as a holder. */
  readonly id: string
  /** Returns the current holder, according to the store. */
  holder(): Promise<string | undefined>
  /** Takes the lease if it is free or its holder has exited. Rejects if the store cannot be reached. */
  take(): Promise<boolean>
  /** Whether this process still has the lease, by its own clocks. Ask before acting on it. */
  isHeld(): boolean
  /** Renews the lease; false if it is lost. If the store cannot be reached, it is lost only when it expires. */
  renew(): Promise<boolean>
  /** Releases the lease, so that others do not have to wait. */
  release(): Promise<void>
}

/** Creates a lease under `key` that lasts for `ttlMs` milliseconds. */
export function createLease({ store, key, ttlMs, self = describeProcess() }: LeaseDeps): Lease {
  let heldUntil: Deadline | undefined

  /** From before the store was asked: others may count from later, but never from earlier. */
  async function hold(write: () => Promise<boolean>): Promise<boolean> {
    const until = deadlineIn(ttlMs)
    heldUntil = (await write()) && !isOver(until) ? until : undefined
    return heldUntil !== undefined
  }

  const isHeld = () => heldUntil !== undefined && !isOver(heldUntil)
  const add = () => store.add(key, self, { ttlMs })
  const isOurs = (stored: unknown) => toHolder(stored)?.id === self.id

  /** Ends the lease of a process that has exited. Of the processes that notice, one does it. */
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
          return isHeld() // otherwise another may have taken it before this was written
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
  /** The identity of this process. */
  readonly self?: ProcessIdentity
}

function toHolder(stored: unknown): ProcessIdentity | undefined {
  return isRecord(stored) && typeof stored['id'] === 'string' ? (stored as unknown as ProcessIdentity) : undefined
}

/** A time by two clocks: one stops while the machine sleeps, the other can be set. */
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
