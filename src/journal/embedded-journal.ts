import { AuthenticationError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { assertNotReplayed, type ReplayToken } from '../model/replay-protection.js'
import type { LmdbEnvironment } from '../stores/lmdb-environment.js'
import { createOrphanRecovery } from './embedded-orphans.js'
import { accepted, auditRecord, createEntry, type EntryStore, type Lease, LeaseLostError } from './entry.js'
import type { Journal } from './journal.js'
import { describeProcess, type ProcessIdentity } from './process-liveness.js'
import { readHistory, readRecord } from './wal/history.js'
import { encodeState, type LogRecord, type RecordSource } from './wal/records.js'
import { openSharedLog, type SharedLog } from './wal/shared-log.js'
import { entryStateOf } from './wal/state.js'

/**
 * A journal in the embedded store: a log that all processes on the machine write to. An invocation is on disk when `accept`
 * resolves; a checkpoint outlives the process when it resolves and is on disk within milliseconds. Entries of a dead
 * process are taken over within seconds.
 */
export function createEmbeddedJournal(deps: EmbeddedJournalDeps): Journal {
  const { embedded, log, auditDays = 30, self = describeProcess(), lookMs = 1_000, openLog = openSharedLog } = deps
  const shared = openLog({ embedded, owner: self.id, log, onOrphan: ({ id }) => void orphans.takeOwn(id) })
  const store = createEntryStore(shared)
  const orphans = createOrphanRecovery({
    embedded,
    shared,
    self,
    log,
    lookMs,
    entryOf: (lease) => createEntry(lease, store),
  })
  const oldest = () => Date.now() - auditDays * day

  return {
    async accept(invocation, { replayToken, begun = false } = {}) {
      const { id } = invocation
      const state = accepted(invocation, Date.now(), begun)
      if (replayToken) assertNotSeen(shared, replayToken, id)
      else if (shared.past.find(id)) return undefined
      if (!orphans.announced) await orphans.announce() // an entry with an unknown owner would never be recovered
      const record: LogRecord = { kind: 'accept', id, turn: 0, text: JSON.stringify(state), replayToken }
      const result = await shared.write(record, true)
      if (result === 'replayed') throw new AuthenticationError('replayed')
      return result === 'known' ? undefined : createEntry({ state, token: firstTurn }, store, true)
    },
    async recordReplayToken(replayToken) {
      assertNotSeen(shared, replayToken)
      const result = await shared.write({ kind: 'witness', id: '', turn: 0, text: '', replayToken }, true)
      if (result === 'replayed') throw new AuthenticationError('replayed')
    },
    async recover(recovery) {
      await orphans.start(recovery)
      orphans.every(60_000, () => shared.compact(oldest()))
      void shared.reportDamage().catch((error: unknown) => log.debug({ err: error }, 'the log could not be checked'))
      void shared
        .compact(oldest())
        .catch((error: unknown) => log.error({ err: error }, 'old audit records could not be deleted'))
    },
    async probe() {
      await shared.write(() => ({ kind: 'probe', id: '', turn: 0, text: '' }), true)
    },
    drain() {
      store.draining = true
      orphans.stopLooking()
    },
    hasSuccessor: orphans.hasSuccessor,
    async close() {
      store.draining = true
      await orphans.stop()
      await shared.end()
    },
    async findRecord(id) {
      shared.catchUp()
      const entry = shared.open.get(id)
      if (entry) return auditRecord(entryStateOf(entry))
      const closed = shared.find(id)?.closed
      return closed === undefined ? undefined : readRecord(shared.dir, closed, id)
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      shared.catchUp()
      const open = shared.open.values().map((entry) => auditRecord(entryStateOf(entry)))
      let given = 0
      for (const record of readHistory(shared.dir, open, Math.max(since, oldest()))) {
        if (given >= limit) return
        if (record.outcome === 'ignored') continue
        given++
        yield record
      }
    },
  }
}

interface EmbeddedJournalDeps {
  readonly embedded: LmdbEnvironment
  readonly log: Logger
  /** How long records are kept and duplicates are recognized. */
  readonly auditDays?: number
  /** Interval between scans for orphaned entries, in milliseconds. */
  readonly lookMs?: number
  /** The identity of this process. */
  readonly self?: ProcessIdentity
  readonly openLog?: typeof openSharedLog
}

/** The checkpoints of entries, as records of the log. */
function createEntryStore(shared: SharedLog): EntryStore & { draining: boolean } {
  async function write(source: RecordSource): Promise<void> {
    if ((await shared.write(source, false)) === 'lost') throw new LeaseLostError('taken over by another process')
  }

  /** Merges checkpoints of one tick into one record. */
  async function save(lease: Lease): Promise<void> {
    try {
      await write(() => {
        lease.unwritten = undefined // later changes are not part of this record
        return stateRecord(lease, 'keep')
      })
    } catch (error) {
      lease.unwritten = undefined
      throw error
    }
  }

  return {
    draining: false,
    save(lease) {
      lease.unwritten ??= save(lease)
      return lease.unwritten
    },
    close(lease, outcome) {
      const { state, token } = lease
      const text = JSON.stringify(auditRecord(state, outcome))
      return write({ kind: 'close', id: state.invocation.id, turn: Number(token), text })
    },
    release: (lease) => write(() => stateRecord(lease, 'release')),
  }
}

function stateRecord({ state, token }: Lease, kind: 'keep' | 'release'): LogRecord {
  return { kind, id: state.invocation.id, turn: Number(token), text: encodeState(state) }
}

/** Checked before writing, so that a replayed request cannot grow the log. */
function assertNotSeen(shared: SharedLog, replayToken: ReplayToken, id?: string): void {
  const shown = shared.findReplayToken(replayToken)
  if (shown) assertNotReplayed(replayToken, shown.body, id !== undefined && shared.find(id) === undefined)
}

/** The ownership epoch of the process that accepted an entry. */
const firstTurn = '0'
const day = 86_400_000
