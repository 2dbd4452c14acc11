import type { TenantStore } from 'slashroom'
import type { Target } from './_target.js'

/** Who is deploying to a target. */
export interface Holder {
  readonly id: string
  readonly by: string
  readonly at: number
}

/** The right to deploy to a target, until it is released. */
export interface Lock {
  /** Aborted if the lock is lost, for example because this process was paused too long. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

const heldMs = 60_000

/** Takes the target's lock; undefined if somebody else has it. It expires a minute after its process died. */
export async function takeLock(store: TenantStore, target: Target, holder: Holder): Promise<Lock | undefined> {
  const key = keyOf(target)
  if (!(await store.add(key, holder, { ttlMs: heldMs }))) return undefined
  const lost = new AbortController()
  const isOurs = async () => (await holderOf(store, target))?.id === holder.id
  const renew = async () => {
    if (await isOurs()) await store.set(key, holder, { ttlMs: heldMs })
    else lost.abort(new Error('The lock was lost.'))
  }
  const timer = setInterval(() => renew().catch(() => {}), heldMs / 4) // the next one may succeed
  timer.unref()
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer)
      if (await isOurs()) await store.delete(key)
    },
  }
}

/** The holder of the target's lock, if any. */
export async function holderOf(store: TenantStore, target: Target): Promise<Holder | undefined> {
  return (await store.get(keyOf(target))) as Holder | undefined // only `takeLock` writes there
}

function keyOf(target: Target): string {
  return `deploy:lock:${target.service}:${target.env}`
}
