import type { Logger } from '../../model/logger.js'
import { RecordMap } from '../../shared/gc-friendly-collections.js'
import { repeat } from '../../shared/repeat.js'
import { connectRedis, withRedisTimeout } from '../../stores/redis-connection.js'
import { accepted, auditRecord, createEntry, type EntryStore, type Lease, LeaseLostError } from '../entry.js'
import type { Journal, Recovery } from '../journal.js'
import { describeProcess, type ProcessIdentity } from '../process-liveness.js'
import { createRedisEntries, type RedisEntries } from './entry-store.js'
import { probeKey } from './keys.js'
import { createRedisOwners, type NextToken } from './owners.js'
import { doubting, type Reclaiming, reclaim } from './reclaim.js'

/**
 * A journal in Redis, for any number of processes. The process that accepts an entry runs it. Entries of a process that
 * stopped, or that died on the same machine, are taken over within seconds; those of a process that died elsewhere within
 * 10 s of its last heartbeat.
 */
export function createRedisJournal(deps: RedisJournalDeps): Journal {
  const { url, log, auditDays = 30, lockMs = 5_000, lookMs = 1_000, self = describeProcess() } = deps
  const redis = connectRedis(url, log)
  const me = self.id
  let count = 0
  let last = 0
  /** Entries of the same millisecond get increasing fractions, to recover them in order. */
  const now = () => {
    last = Math.max(Date.now(), last + 0.001)
    return last
  }
  const nextToken: NextToken = (how) => `${me} ${how} ${++count}\n`
  const entries = createRedisEntries({ redis, log, me, auditDays })
  const owners = createRedisOwners({ redis, self, lockMs, nextToken })
  const leases = new RecordMap<Lease>()
  const store = createEntryStore(entries, leases)
  let recovery: Recovery | undefined
  const reclaiming: Reclaiming = {
    entries,
    owners,
    leases,
    log,
    doubts: 0,
    take: (lease) => recovery?.take(createEntry(lease, store)),
    capacity: () => (store.draining ? 0 : (recovery?.capacity() ?? 0)),
  }
  const whileAway = (error: unknown) => log.debug({ err: error }, 'journal maintenance failed')
  const every = (ms: number, task: () => Promise<void>) => repeat(task, ms, whileAway, { atOnce: true })
  const heartbeats = every(lockMs / 4, owners.heartbeat)
  redis.on('ready', () => void owners.heartbeat().catch(() => undefined)) // before others declare it dead
  const timers: NodeJS.Timeout[] = []
  let closing: Promise<void> | undefined

  /** Keeps sending heartbeats, because running entries still belong to this process. */
  function drain(): void {
    store.draining = true
    owners.takes = false
    for (const timer of timers) clearInterval(timer)
  }

  async function end(): Promise<void> {
    drain()
    clearInterval(heartbeats)
    if (leases.size === 0) await owners.deregister().catch(() => undefined) // otherwise others notice by its silence
    redis.disconnect()
  }

  return {
    async accept(invocation, { replayToken, begun = false } = {}) {
      const lease: Lease = { state: accepted(invocation, now(), begun), token: nextToken('accepted') }
      leases.set(lease.token, lease)
      let isNew = false
      try {
        isNew = await doubting(entries.add(lease, replayToken), reclaiming)
      } finally {
        if (!isNew) leases.delete(lease.token)
      }
      return isNew ? createEntry(lease, store, true) : undefined
    },
    recordReplayToken: entries.recordReplayToken,
    async recover(given) {
      recovery = given
      owners.takes = true
      await owners.heartbeat().catch(whileAway) // so that a process that is stopping can count on this one
      timers.push(
        every(lookMs, () => reclaim(reclaiming)),
        every(60_000, () => entries.trim()),
      )
    },
    probe: async () => void (await withRedisTimeout(redis.set(probeKey, '', 'PX', 60_000))),
    drain,
    hasSuccessor: owners.hasSuccessor,
    close() {
      closing ??= end()
      return closing
    },
    findRecord: entries.findRecord,
    audit: entries.audit,
  }
}

interface RedisJournalDeps {
  readonly url: string
  readonly log: Logger
  /** How long records are kept and duplicates are recognized. */
  readonly auditDays?: number
  /** How long a process may be silent before its entries are given to others. */
  readonly lockMs?: number
  /** Interval between scans for orphaned entries, in milliseconds. */
  readonly lookMs?: number
  /** The identity of this process. */
  readonly self?: ProcessIdentity
}

/** Wraps the entry store so that closed, released and lost entries leave the leases. */
function createEntryStore(entries: RedisEntries, leases: RecordMap<Lease>): EntryStore & { draining: boolean } {
  async function fenced(lease: Lease, write: Promise<void>): Promise<void> {
    try {
      await write
    } catch (error) {
      if (error instanceof LeaseLostError) leases.delete(lease.token)
      throw error
    }
  }
  return {
    draining: false,
    save: (lease) => fenced(lease, entries.save(lease)),
    async close(lease, outcome) {
      await fenced(lease, entries.close(lease, auditRecord(lease.state, outcome)))
      leases.delete(lease.token)
    },
    async release(lease) {
      await fenced(lease, entries.release(lease))
      leases.delete(lease.token)
    },
  }
}
