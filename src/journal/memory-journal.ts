import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { assertNotReplayed, type ReplayToken } from '../model/replay-protection.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'
import { accepted, auditRecord, createEntry, type EntryStore, type Lease } from './entry.js'
import type { AuditRecord, Journal } from './journal.js'

/** A journal in memory, for tests. It keeps the latest `remembered` records. */
export function createMemoryJournal({ remembered = 10_000 }: { readonly remembered?: number } = {}): Journal {
  const open = new RecordMap<Lease>()
  const closed = new LRUCache<string, AuditRecord>({ max: remembered })
  const replayTokens = new LRUCache<string, string>({ max: 50_000 })
  let turn: Promise<void> | undefined

  const store: EntryStore = {
    draining: false,
    async save() {},
    async close({ state }, outcome) {
      open.delete(state.invocation.id)
      closed.set(state.invocation.id, auditRecord(state, outcome))
    },
    async release() {},
  }

  /** Resolves all writes of one tick together, like a group commit. */
  function endOfTurn(): Promise<void> {
    turn ??= setImmediate().then(() => {
      turn = undefined
    })
    return turn
  }

  function show(replayToken: ReplayToken, isNew: boolean): void {
    assertNotReplayed(replayToken, replayTokens.get(replayToken.key), isNew)
    replayTokens.set(replayToken.key, replayToken.body)
  }

  return {
    async accept(invocation, { replayToken, begun = false } = {}) {
      await endOfTurn()
      const isNew = !open.has(invocation.id) && !closed.has(invocation.id)
      if (replayToken) show(replayToken, isNew)
      if (!isNew) return undefined
      const lease = { state: accepted(invocation, Date.now(), begun), token: '' }
      open.set(invocation.id, lease)
      return createEntry(lease, store, true)
    },
    async recordReplayToken(replayToken) {
      show(replayToken, false)
    },
    async recover() {},
    async probe() {},
    drain() {},
    hasSuccessor: async () => false,
    async close() {},
    async findRecord(id) {
      const lease = open.get(id)
      return lease ? auditRecord(lease.state) : closed.get(id)
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      const records = [...open.values().map(({ state }) => auditRecord(state)), ...closed.values()]
      const acceptedAt = ({ events }: AuditRecord) => events[0]?.at ?? 0
      yield* records
        .filter((record) => record.outcome !== 'ignored' && acceptedAt(record) >= since)
        .sort((one, other) => acceptedAt(other) - acceptedAt(one))
        .slice(0, limit)
    },
  }
}
