import type { Logger } from '../model/logger.js'
import { repeat } from '../shared/repeat.js'
import type { LmdbEnvironment } from '../stores/lmdb-environment.js'
import { asNew, type EntryState, type Lease } from './entry.js'
import type { JournalEntry, Recovery } from './journal.js'
import { createDeathWatch, heartbeat, type ProcessIdentity } from './process-liveness.js'
import { encodeState, type LogRecord } from './wal/records.js'
import type { SharedLog } from './wal/shared-log.js'
import { entryStateOf, type OpenEntry, unowned } from './wal/state.js'

/** Takes over entries that other processes released or left when they died. */
export interface OrphanRecovery {
  /** Announces that this process is alive, so that others take over its entries when it is not. */
  announce(): Promise<void>
  /** True once this process was announced. */
  announced: boolean
  /** Takes over existing orphans and keeps looking for more. */
  start(recovery: Recovery): Promise<void>
  /** Takes over an entry of this process that was refused but is in the log nevertheless. */
  takeOwn(id: string): Promise<void>
  /** Runs a task regularly until the scan stops; failures are retried next time. */
  every(ms: number, task: () => Promise<void>): void
  stopLooking(): void
  /** Whether another process will take over the entries of this one; if this one has stopped looking, announces that first. */
  hasSuccessor(): Promise<boolean>
  /** Stops the heartbeat and announces that this process takes over nothing more. */
  stop(): Promise<void>
}

/** Creates the recovery; processes write their heartbeats to a table of the store. */
export function createOrphanRecovery(deps: OrphanRecoveryDeps): OrphanRecovery {
  const { embedded, shared, self, log, lookMs, entryOf } = deps
  const owners = embedded.table('owners')
  const isDead = createDeathWatch(self)
  const timers: NodeJS.Timeout[] = []
  let recovery: Recovery | undefined
  let early: string[] = []
  let strangers: ReadonlySet<string> = new Set()
  let takes = false

  async function announce(): Promise<void> {
    await embedded.writeReserved(
      () => owners.put(Buffer.from(self.id), JSON.stringify({ ...self, beat: heartbeat(), takes })),
      300,
    )
    orphans.announced = true
  }

  /** Takes over released entries and those of dead processes. */
  async function look(): Promise<void> {
    shared.catchUp()
    await takeFrom(unowned)
    const rows = [...owners.getRange()]
    await takeFromStrangers(rows.map(({ key }) => key.toString()))
    for (const { key, value } of rows) {
      const owner = JSON.parse(value) as ProcessIdentity
      if (owner.id === self.id || !isDead(owner)) continue
      shared.catchUp() // reads everything it wrote, because its row disappears afterwards
      const taken = await takeFrom(owner.id)
      if (taken > 0) log.warn({ entries: taken, pid: owner.pid }, 'took over entries of a dead process')
      if (openOf(owner.id, 1).length === 0) await embedded.writeReserved(() => owners.remove(key), 0)
    }
  }

  /**
   * Takes over entries of processes that are missing from the table: such as one that was frozen, declared dead and killed
   * before its next heartbeat. Two scans have to agree, because a new process may appear in the table late.
   */
  async function takeFromStrangers(known: readonly string[]): Promise<void> {
    const ids = new Set([...known, self.id, unowned])
    const found = new Set(shared.open.values().flatMap(({ owner }) => (ids.has(owner) ? [] : [owner])))
    for (const owner of found) if (strangers.has(owner)) await takeFrom(owner)
    strangers = found
  }

  async function takeFrom(owner: string): Promise<number> {
    let taken = 0
    for (;;) {
      const entries = openOf(owner, Math.min(recovery?.capacity() ?? 0, mostTaken))
      if (entries.length === 0) return taken
      const mine = (await Promise.all(entries.map(claim))).filter(Boolean)
      taken += mine.length
    }
  }

  /** Whether this process got it: another one may have been faster. */
  async function claim({ id, turn }: OpenEntry): Promise<boolean> {
    const result = await shared.write({ kind: 'take', id, turn, text: String(Date.now()) }, false)
    const entry = shared.open.get(id)
    if (result === 'done' && entry?.owner === self.id) take(entry, entryStateOf(entry))
    return result === 'done'
  }

  /** In the order of acceptance; a snapshot has another order. */
  function openOf(owner: string, limit: number): readonly OpenEntry[] {
    return shared.open
      .values()
      .filter((entry) => entry.owner === owner)
      .sort((one, other) => one.position - other.position)
      .slice(0, limit)
  }

  /** It may be recorded as begun although it never ran, because its sender was told that it was not stored. */
  async function takeOwn(id: string): Promise<void> {
    if (!recovery) return void early.push(id)
    const entry = shared.open.get(id)
    if (entry?.owner !== self.id) return
    const state = asNew(entryStateOf(entry))
    // If this process dies before the entry runs, the next one must not take it for the cause.
    const record: LogRecord = { kind: 'keep', id, turn: entry.turn, text: encodeState(state) }
    if ((await shared.write(record, false).catch(notKept)) !== 'lost') take(entry, state)
  }

  function take({ turn }: OpenEntry, state: EntryState): void {
    recovery?.take(entryOf({ state, token: String(turn) }))
  }

  function every(ms: number, task: () => Promise<void>): void {
    const failed = (error: unknown) => log.error({ err: error }, 'journal maintenance failed')
    timers.push(repeat(task, ms, failed))
  }

  const notKept = (error: unknown) =>
    log.debug({ err: error }, 'the journal does not have yet that a call did not begin')
  every(3_000, announce)

  const orphans: OrphanRecovery = {
    announce,
    announced: false,
    takeOwn,
    every,
    async start(given) {
      takes = true
      await announce()
      recovery = given
      await Promise.all(early.map(takeOwn))
      early = []
      await look()
      every(lookMs, look)
    },
    async hasSuccessor() {
      await announce() // before it looks, so that two processes that stop simultaneously do not rely on each other
      return [...owners.getRange()].some(({ value }) => {
        const owner = JSON.parse(value) as ProcessIdentity
        return owner.id !== self.id && owner.takes === true && !isDead(owner)
      })
    },
    stopLooking() {
      takes = false
      for (const timer of timers.slice(1)) clearInterval(timer)
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      takes = false
      // The process may go on without this journal and must not count as a successor.
      if (orphans.announced)
        await announce().catch((error: unknown) =>
          log.debug({ err: error }, 'could not announce that this process stopped'),
        )
    },
  }
  return orphans
}

interface OrphanRecoveryDeps {
  readonly embedded: LmdbEnvironment
  readonly shared: SharedLog
  readonly self: ProcessIdentity
  readonly log: Logger
  /** Interval between scans for orphaned entries, in milliseconds. */
  readonly lookMs: number
  entryOf(lease: Lease): JournalEntry
}

const mostTaken = 100
