import { isBotError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import type { RecordMap } from '../../shared/gc-friendly-collections.js'
import type { Lease } from '../entry.js'
import type { RedisEntries } from './entry-store.js'
import { nameOf, unowned } from './keys.js'
import type { DeadOwner, RedisOwners } from './owners.js'

/** Takes over entries whose owner is gone. */
export interface Reclaiming {
  readonly entries: Pick<RedisEntries, 'save'>
  readonly owners: Pick<RedisOwners, 'claim' | 'dead' | 'reclaimOrphans'>
  /** What this process has in hand, by token. */
  readonly leases: RecordMap<Lease>
  readonly log: Logger
  /** How often to look for what Redis may have done for us without our knowing. */
  doubts: number
  /** Takes up what is ours now. */
  take(lease: Lease): void
  /** How many more may be taken over. */
  capacity(): number
}

/** Takes over what was released, and what dead processes left. */
export async function reclaim(reclaiming: Reclaiming): Promise<void> {
  const { owners, log, doubts } = reclaiming
  if (doubts > 0) await reclaimOrphans(reclaiming)
  await claimFrom({ id: unowned }, reclaiming)
  for (const owner of await owners.dead()) {
    const entries = await claimFrom(owner, reclaiming)
    if (entries > 0) log.warn({ entries }, 'taken up from a process that died')
  }
}

/** Redis may do what it does not answer for in time: it is looked for when Redis is back. */
export async function doubting<Value>(asked: Promise<Value>, reclaiming: Pick<Reclaiming, 'doubts'>): Promise<Value> {
  try {
    return await asked
  } catch (error) {
    if (isBotError(error, 'unavailable')) reclaiming.doubts = 3
    throw error
  }
}

async function claimFrom(owner: DeadOwner, reclaiming: Reclaiming): Promise<number> {
  const { owners, capacity } = reclaiming
  let claimed = 0
  for (let more = true; more && capacity() > 0; ) {
    const some = await doubting(owners.claim(owner, Math.min(capacity(), mostClaimed)), reclaiming)
    await takeAll(some.leases, reclaiming)
    claimed += some.leases.length
    more = some.more
  }
  return claimed
}

/** A retry of an unacknowledged request is reported as a duplicate, so this process has to run the entry. */
async function reclaimOrphans(reclaiming: Reclaiming): Promise<void> {
  const { owners, capacity, leases } = reclaiming
  if (capacity() <= 0) return
  const known = () => new Set(leases.values().map(({ state }) => nameOf(state.invocation.id)))
  const orphans = await doubting(owners.reclaimOrphans(known, Math.min(capacity(), mostClaimed)), reclaiming)
  if (orphans.length === 0) reclaiming.doubts--
  await takeAll(orphans, reclaiming)
}

async function takeAll(some: readonly Lease[], { leases, entries, take }: Reclaiming): Promise<void> {
  for (const lease of some) leases.set(lease.token, lease)
  // That they were taken over is kept with their next marks at the latest.
  await Promise.allSettled(some.map((lease) => entries.save(lease)))
  for (const lease of some) take(lease)
}

const mostClaimed = 100
