import { AuthenticationError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import { assertNotReplayed, type ReplayToken } from '../model/replay.js'
import type { LmdbStore } from '../stores/lmdb-environment.js'
import { accepted, auditRecord, closedRecord } from './entry-state.js'
import type { Journal } from './journal.js'
import { describeProcess, heartbeat, isDead, type ProcessIdentity } from './process-liveness.js'
import { readHistory, readRecord } from './wal/history.js'
import { encodeState, type LogRecord } from './wal/records.js'
import { openSharedLog } from './wal/shared-log.js'
import { entryStateOf, type OpenEntry, unowned } from './wal/state.js'
import { createWorkQueue, type Lease, LeaseLostError } from './work-queue.js'

/**
 * A journal in the embedded store, for all processes that have it open: a log that all of them write. An invocation is on
 * disk when `accept` resolves; a mark outlives the process when it resolves, and is on disk within milliseconds. What a
 * dead process left is taken up within seconds.
 */
export function createEmbeddedJournal(deps: EmbeddedJournalDeps): Journal {
  const {
    embedded,
    log,
    auditDays = 30,
    self: me = describeProcess(),
    lookMs = 2_000,
    openLog = openSharedLog,
    ...bounds
  } = deps
  const owners = embedded.table('owners')
  const shared = openLog({ embedded, owner: me.id, log, onOrphan: ({ id }) => takeInHand(id) })
  const timers: NodeJS.Timeout[] = []
  let known = false

  const queue = createWorkQueue({
    ...bounds,
    log,
    entries: {
      save(lease) {
        lease.unwritten ??= keep(lease)
        return lease.unwritten
      },
      close(lease, outcome) {
        const text = JSON.stringify(closedRecord(lease.state, outcome, Date.now()))
        return write(() => lineOf(lease, 'close', text))
      },
      release: (lease) => write(() => lineOf(lease, 'release', encodeState(lease.state))),
    },
  })

  /** Several marks of one turn are one line. */
  async function keep(lease: Lease): Promise<void> {
    try {
      await write(() => {
        lease.unwritten = undefined // what is marked from now on comes too late for this line
        return lineOf(lease, 'keep', encodeState(lease.state))
      })
    } catch (error) {
      lease.unwritten = undefined
      throw error
    }
  }

  async function write(make: () => LogRecord): Promise<void> {
    if ((await shared.write(make, false)) === 'lost') throw new LeaseLostError('taken over by another process')
  }

  async function add(invocation: Invocation, begun: boolean, replayToken?: ReplayToken): Promise<Lease | undefined> {
    const { id } = invocation
    if (replayToken) checkSeen(replayToken, id)
    else if (shared.past.find(id)) return undefined
    if (!known) await sayAlive() // an entry whose owner nobody knows would never be taken up
    const state = accepted(invocation, Date.now(), begun)
    const line: LogRecord = { kind: 'accept', id, turn: 0, text: JSON.stringify(state), replayToken }
    const result = await shared.write(() => line, true)
    if (result === 'replayed') throw new AuthenticationError('replayed')
    return result === 'known' ? undefined : { state, begun, token: firstTurn }
  }

  async function witness(replayToken: ReplayToken): Promise<void> {
    checkSeen(replayToken)
    const result = await shared.write(() => ({ kind: 'witness', id: '', turn: 0, text: '', replayToken }), true)
    if (result === 'replayed') throw new AuthenticationError('replayed')
  }

  /** What it throws about needs no line in the log: nobody makes it longer by saying the same again. */
  function checkSeen(replayToken: ReplayToken, id?: string): void {
    const shown = shared.findReplayToken(replayToken)
    if (shown) assertNotReplayed(replayToken, shown.body, id !== undefined && shared.find(id) === undefined)
  }

  function takeInHand(id: string): void {
    const entry = shared.open.get(id)
    if (entry?.owner === me.id) queue.take({ state: entryStateOf(entry), token: String(entry.turn) })
  }

  async function sayAlive(): Promise<void> {
    await embedded.writeReserved(
      () => owners.put(Buffer.from(me.id), JSON.stringify({ ...me, beat: heartbeat() })),
      300,
    )
    known = true
  }

  /** Takes up what was released, and what dead processes left. */
  async function look(): Promise<void> {
    shared.catchUp()
    await takeFrom(unowned)
    for (const { key, value } of [...owners.getRange()]) {
      const owner = JSON.parse(value) as ProcessIdentity
      if (owner.id === me.id || !isDead(owner, me)) continue
      const taken = await takeFrom(owner.id)
      if (taken > 0) log.warn({ entries: taken, pid: owner.pid }, 'taken up from a process that died')
      if (openOf(owner.id, 1).length === 0) await embedded.writeReserved(() => owners.remove(key), 0)
    }
  }

  async function takeFrom(owner: string): Promise<number> {
    let taken = 0
    for (;;) {
      const entries = openOf(owner, Math.min(queue.capacity(), mostTaken))
      if (entries.length === 0) return taken
      const mine = (await Promise.all(entries.map(take))).filter(Boolean)
      taken += mine.length
    }
  }

  /** Says whether it is ours now: another process may have been quicker. */
  async function take({ id, turn }: OpenEntry): Promise<boolean> {
    const result = await shared.write(() => ({ kind: 'take', id, turn, text: String(Date.now()) }), false)
    if (result === 'done') takeInHand(id)
    return result === 'done'
  }

  function openOf(owner: string, limit: number): readonly OpenEntry[] {
    const found: OpenEntry[] = []
    for (const entry of shared.open.values()) {
      if (found.length >= limit) break
      if (entry.owner === owner) found.push(entry)
    }
    return found
  }

  /** A store that is away now is looked at again later. */
  function every(ms: number, task: () => Promise<void>): void {
    let busy = false
    const timer = setInterval(async () => {
      if (busy) return
      busy = true
      await task().catch((error: unknown) => log.error({ err: error }, 'the journal could not be looked after'))
      busy = false
    }, ms)
    timer.unref()
    timers.push(timer)
  }

  const oldest = () => Date.now() - auditDays * day

  every(3_000, sayAlive)

  return {
    accept: (invocation, replayToken) => queue.accept((begun) => add(invocation, begun, replayToken)),
    recordReplayToken: witness,
    full: queue.full,
    async start(work) {
      await sayAlive()
      await look()
      queue.start(work)
      every(lookMs, look)
      every(60_000, () => shared.compact(oldest()))
      void shared
        .compact(oldest())
        .catch((error: unknown) => log.error({ err: error }, 'the audit could not be shortened'))
    },
    async stop(graceMs) {
      for (const timer of timers.slice(1)) clearInterval(timer)
      await queue.stop(graceMs)
      clearInterval(timers[0])
      await shared.end()
    },
    async story(id) {
      shared.catchUp()
      const entry = shared.open.get(id)
      if (entry) return auditRecord(entryStateOf(entry))
      const closed = shared.find(id)?.closed
      return closed === undefined ? undefined : readRecord(shared.dir, closed, id)
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      shared.catchUp()
      const open = [...shared.open.values()].map((entry) => auditRecord(entryStateOf(entry)))
      let given = 0
      for (const record of readHistory(shared.dir, open, Math.max(since, oldest()))) {
        if (given >= limit) return
        if (record.outcome === 'ignored') continue
        given++
        yield record
      }
    },
    open: queue.open,
  }
}

interface EmbeddedJournalDeps {
  readonly embedded: LmdbStore
  readonly log: Logger
  readonly limit?: number
  readonly concurrency?: number
  /** How long stories are kept, and a message counts as seen. */
  readonly auditDays?: number
  /** How often it is looked for what others left. */
  readonly lookMs?: number
  /** Who this process says it is. */
  readonly self?: ProcessIdentity
  readonly openLog?: typeof openSharedLog
}

function lineOf({ state, token }: Lease, kind: LogRecord['kind'], text: string): LogRecord {
  return { kind, id: state.invocation.id, turn: Number(token), text }
}

/** The turn of who accepted it. */
const firstTurn = '0'
const mostTaken = 100
const day = 86_400_000
