import { randomBytes } from 'node:crypto'
import { AuthenticationError, isBotError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Logger } from '../../model/logger.js'
import type { ReplayToken } from '../../model/replay.js'
import { BucketMap } from '../../shared/pooled-collections.js'
import { connectRedis, withRedisTimeout } from '../../stores/redis-connection.js'
import { accepted, closedRecord, createEntry, type EntryStore, type Lease, LeaseLostError } from '../entry.js'
import type { Journal, Recovery } from '../journal.js'
import { ttlOf } from './batcher.js'
import { createRedisEntries } from './entries.js'
import { nameOf, replayTokenKey, unowned } from './keys.js'
import { createRedisOwners, type NextToken } from './owners.js'

/**
 * A journal in Redis, for any number of processes. Whoever accepts an entry runs it. What a process leaves when it stops
 * is taken up by another within seconds, and what a dead one left when it has been silent for too long, within 30 s.
 */
export function createRedisJournal(deps: RedisJournalDeps): Journal {
  const { url, log, auditDays = 30, lockMs = 15_000, lookMs = 2_000 } = deps
  const redis = connectRedis(url, log)
  const me = randomBytes(9).toString('base64url')
  let claims = 0
  const nextToken: NextToken = (how) => `${me} ${how} ${++claims}\n`
  const entries = createRedisEntries({ redis, log, me, auditDays })
  const owners = createRedisOwners({ redis, me, lockMs, nextToken })
  const leases = new BucketMap<Lease>()
  const timers: NodeJS.Timeout[] = []
  let doubts = 0
  let recovery: Recovery | undefined
  let closing: Promise<void> | undefined

  const store: EntryStore & { draining: boolean } = {
    draining: false,
    save: (lease) => fenced(lease, entries.save(lease)),
    async close(lease, outcome) {
      await fenced(lease, entries.close(lease, closedRecord(lease.state, outcome, Date.now())))
      leases.delete(lease.token)
    },
    async release(lease) {
      await fenced(lease, entries.release(lease))
      leases.delete(lease.token)
    },
  }

  async function fenced(lease: Lease, write: Promise<void>): Promise<void> {
    try {
      await write
    } catch (error) {
      if (error instanceof LeaseLostError) leases.delete(lease.token)
      throw error
    }
  }

  async function add(invocation: Invocation, begun: boolean, replayToken?: ReplayToken): Promise<Lease | undefined> {
    const lease: Lease = { state: accepted(invocation, Date.now(), begun), token: nextToken('accepted') }
    leases.set(lease.token, lease)
    let isNew = false
    try {
      isNew = await doubting(entries.add(lease, replayToken))
    } finally {
      if (!isNew) leases.delete(lease.token)
    }
    return isNew ? lease : undefined
  }

  /** Redis may do what it does not answer for in time: it is looked for when Redis is back. */
  async function doubting<Value>(asked: Promise<Value>): Promise<Value> {
    try {
      return await asked
    } catch (error) {
      if (isBotError(error, 'unavailable')) doubts = 3
      throw error
    }
  }

  async function recordReplayToken(replayToken: ReplayToken): Promise<void> {
    const set = redis.set(replayTokenKey(replayToken.key), replayToken.body, 'PX', ttlOf(replayToken), 'NX')
    if ((await withRedisTimeout(set)) !== 'OK') throw new AuthenticationError('replayed')
  }

  /** Takes up what was released, and what dead processes left. */
  async function reclaim(): Promise<void> {
    if (doubts > 0) await reclaimOrphans()
    await claimFrom(unowned)
    for (const owner of await owners.dead()) {
      const taken = await claimFrom(owner)
      if (taken > 0) log.warn({ entries: taken }, 'taken up from a process that died')
    }
  }

  async function claimFrom(owner: string): Promise<number> {
    let taken = 0
    for (let more = true; more && capacity() > 0; ) {
      const some = await doubting(owners.claim(owner, capacity()))
      await takeAll(some.leases)
      taken += some.leases.length
      more = some.more
    }
    return taken
  }

  /** Whoever sends again what was not answered for is told that it is known: so it must be run. */
  async function reclaimOrphans(): Promise<void> {
    if (capacity() <= 0) return
    const known = new Set([...leases.values()].map(({ state }) => nameOf(state.invocation.id)))
    const orphans = await doubting(owners.reclaimOrphans(known, capacity()))
    if (orphans.length === 0) doubts--
    await takeAll(orphans)
  }

  async function takeAll(some: readonly Lease[]): Promise<void> {
    for (const lease of some) leases.set(lease.token, lease)
    // That they were taken over is kept with their next marks at the latest.
    await Promise.allSettled(some.map((lease) => entries.save(lease)))
    for (const lease of some) recovery?.take(createEntry(lease, store))
  }

  function capacity(): number {
    return store.draining ? 0 : Math.min(recovery?.capacity() ?? 0, 100)
  }

  /** What fails while Redis is away is done at the next turn. */
  function every(ms: number, task: () => Promise<void>): void {
    let busy = false
    const attempt = async () => {
      if (busy) return
      busy = true
      await task().catch((error: unknown) => log.debug({ err: error }, 'the journal could not be looked after'))
      busy = false
    }
    const timer = setInterval(attempt, ms)
    timer.unref()
    timers.push(timer)
    void attempt()
  }

  async function end(): Promise<void> {
    for (const timer of timers) clearInterval(timer)
    if (leases.size === 0) await owners.deregister().catch(() => undefined) // others find out by its silence
    redis.disconnect()
  }

  /** The heartbeat goes on: what runs is still ours. */
  function drain(): void {
    store.draining = true
    for (const timer of timers.slice(1)) clearInterval(timer)
  }

  every(lockMs / 4, owners.heartbeat)
  redis.on('ready', () => void owners.heartbeat().catch(() => undefined)) // before others take it for dead

  return {
    async accept(invocation, { replayToken, begun = false } = {}) {
      const lease = await add(invocation, begun, replayToken)
      return lease && createEntry(lease, store, true)
    },
    recordReplayToken,
    async recover(given) {
      recovery = given
      every(lookMs, reclaim)
      every(60_000, () => entries.trim())
    },
    drain,
    close() {
      drain()
      closing ??= end()
      return closing
    },
    story: entries.story,
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      let given = 0
      for await (const record of entries.audit(since)) {
        if (given >= limit) return
        if (record.outcome === 'ignored') continue
        given++
        yield record
      }
    },
  }
}

interface RedisJournalDeps {
  readonly url: string
  readonly log: Logger
  /** How long stories are kept, and a message counts as seen. */
  readonly auditDays?: number
  /** How long a process may be silent before what it has in hand is given to others. */
  readonly lockMs?: number
  /** How often it is looked for what others left. */
  readonly lookMs?: number
}
