import { LRUCache } from 'lru-cache'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { assertNotReplayed, type ReplayToken } from '../model/replay.js'
import { BucketMap } from '../shared/pooled-collections.js'
import { accepted, auditRecord, closedRecord } from './entry-state.js'
import type { AuditRecord, Journal } from './journal.js'
import { createWorkQueue, type Lease } from './work-queue.js'

/** A journal that ends with the process, for tests. It remembers the latest `remembered` stories. */
export function createMemoryJournal(parts: MemoryJournalDeps): Journal {
  const { log, limit = 10_000, concurrency, remembered = 10_000 } = parts
  const open = new BucketMap<Lease>()
  const closed = new LRUCache<string, AuditRecord>({ max: remembered })
  const proofs = new LRUCache<string, string>({ max: 50_000 })
  let turn: Promise<void> | undefined
  const desk = createWorkQueue({
    log,
    limit,
    ...(concurrency === undefined ? {} : { concurrency }),
    ledger: {
      async save() {},
      async close({ state: progress }, outcome) {
        open.delete(progress.invocation.id)
        closed.set(progress.invocation.id, closedRecord(progress, outcome, Date.now()))
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

  async function add(invocation: Invocation, begun: boolean, proof?: ReplayToken): Promise<Lease | undefined> {
    await endOfTurn()
    const isNew = !open.has(invocation.id) && !closed.has(invocation.id)
    if (proof) show(proof, isNew)
    if (!isNew) return undefined
    const held = { state: accepted(invocation, Date.now(), begun), begun, token: '' }
    open.set(invocation.id, held)
    return held
  }

  function show(proof: ReplayToken, isNew: boolean): void {
    assertNotReplayed(proof, proofs.get(proof.key), isNew)
    proofs.set(proof.key, proof.body)
  }

  return {
    accept: (invocation, proof) => desk.accept((begun) => add(invocation, begun, proof)),
    async recordReplayToken(proof) {
      show(proof, false)
    },
    full: desk.full,
    async start(work) {
      desk.start(work)
    },
    stop: desk.stop,
    async story(id) {
      const held = open.get(id)
      return held ? auditRecord(held.state) : closed.get(id)
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      const stories = [...[...open.values()].map(({ state: progress }) => auditRecord(progress)), ...closed.values()]
      const accepted = ({ events }: AuditRecord) => events[0]?.at ?? 0
      yield* stories
        .filter((story) => story.outcome !== 'ignored' && accepted(story) >= since)
        .sort((one, other) => accepted(other) - accepted(one))
        .slice(0, limit)
    },
    open: desk.open,
  }
}

interface MemoryJournalDeps {
  readonly log: Logger
  readonly limit?: number
  readonly concurrency?: number
  readonly remembered?: number
}
