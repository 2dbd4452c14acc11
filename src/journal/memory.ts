import { LRUCache } from 'lru-cache'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { assertNotReplayed, type ReplayToken } from '../model/replay.js'
import { BucketMap } from '../shared/pooled-collections.js'
import { accepted, auditRecord, closedRecord } from './entry-state.js'
import type { AuditRecord, Journal } from './journal.js'
import { createWorkQueue, type Lease } from './work-queue.js'

/** A journal that ends with the process, for tests. It remembers the latest `remembered` stories. */
export function createMemoryJournal(deps: MemoryJournalDeps): Journal {
  const { log, limit = 10_000, concurrency, remembered = 10_000 } = deps
  const open = new BucketMap<Lease>()
  const closed = new LRUCache<string, AuditRecord>({ max: remembered })
  const proofs = new LRUCache<string, string>({ max: 50_000 })
  let turn: Promise<void> | undefined
  const queue = createWorkQueue({
    log,
    limit,
    ...(concurrency === undefined ? {} : { concurrency }),
    entries: {
      async save() {},
      async close({ state }, outcome) {
        open.delete(state.invocation.id)
        closed.set(state.invocation.id, closedRecord(state, outcome, Date.now()))
      },
      async release() {},
    },
  })

  /** Those that come in one turn are answered in one, as a commit would: one by one they wake whoever waits each time. */
  function endOfTurn(): Promise<void> {
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined
        resolve()
      })
    })
    return turn
  }

  async function add(invocation: Invocation, begun: boolean, replayToken?: ReplayToken): Promise<Lease | undefined> {
    await endOfTurn()
    const isNew = !open.has(invocation.id) && !closed.has(invocation.id)
    if (replayToken) show(replayToken, isNew)
    if (!isNew) return undefined
    const lease = { state: accepted(invocation, Date.now(), begun), begun, token: '' }
    open.set(invocation.id, lease)
    return lease
  }

  function show(replayToken: ReplayToken, isNew: boolean): void {
    assertNotReplayed(replayToken, proofs.get(replayToken.key), isNew)
    proofs.set(replayToken.key, replayToken.body)
  }

  return {
    accept: (invocation, replayToken) => queue.accept((begun) => add(invocation, begun, replayToken)),
    async recordReplayToken(replayToken) {
      show(replayToken, false)
    },
    full: queue.full,
    async start(work) {
      queue.start(work)
    },
    stop: queue.stop,
    async story(id) {
      const lease = open.get(id)
      return lease ? auditRecord(lease.state) : closed.get(id)
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      const stories = [...[...open.values()].map(({ state }) => auditRecord(state)), ...closed.values()]
      const accepted = ({ events }: AuditRecord) => events[0]?.at ?? 0
      yield* stories
        .filter((record) => record.outcome !== 'ignored' && accepted(record) >= since)
        .sort((one, other) => accepted(other) - accepted(one))
        .slice(0, limit)
    },
    open: queue.open,
  }
}

interface MemoryJournalDeps {
  readonly log: Logger
  readonly limit?: number
  readonly concurrency?: number
  readonly remembered?: number
}
