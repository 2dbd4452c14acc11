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
  /** The leases of this process by token. */
  readonly leases: RecordMap<Lease>
  readonly log: Logger
  /** How often to look for entries assigned in lost responses. */
  doubts: number
  /** Called with each entry that this process owns now. */
  take(lease: Lease): void
  /** How many more entries it can take over. */
  capacity(): number
}

/** Takes over released entries and those of dead processes. */
export async function reclaim(reclaiming: Reclaiming): Promise<void> {
  const { owners, log, doubts } = reclaiming
  if (doubts > 0) await reclaimOrphans(reclaiming)
  await claimFrom({ id: unowned }, reclaiming)
  for (const owner of await owners.dead()) {
    const entries = await claimFrom(owner, reclaiming)
    if (entries > 0) log.warn({ entries }, 'took over entries of a dead process')
  }
}

/** Redis may execute a request that timed out, so its effects are looked for later. */
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

/** The sender's retry is answered as a duplicate, so this process has to run the entry. */
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
  // The takeover is stored with the next checkpoint at the latest.
  await Promise.allSettled(some.map((lease) => entries.save(lease)))
  for (const lease of some) take(lease)
}

const mostClaimed = 100
