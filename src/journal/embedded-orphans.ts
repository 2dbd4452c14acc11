import type { Logger } from '../model/logger.js'
import { repeat } from '../shared/repeat.js'
import type { LmdbEnvironment } from '../stores/lmdb-environment.js'
import { asNew, type EntryState, type Lease } from './entry.js'
import type { JournalEntry, Recovery } from './journal.js'
import { createDeathWatch, heartbeat, type ProcessIdentity } from './process-liveness.js'
import { encodeState, type LogRecord } from './wal/records.js'
import type { SharedLog } from './wal/shared-log.js'
import { entryStateOf, type OpenEntry, unowned } from './wal/state.js'

/** Takes over the entries that other processes left: released, or of a process that died. */
export interface OrphanRecovery {
  /** Says that this process lives, so that others take over its entries when it does not any more. */
  announce(): Promise<void>
  /** False until that is said for the first time. */
  announced: boolean
  /** Takes over what there is, and goes on looking. */
  start(recovery: Recovery): Promise<void>
  /** Takes over an entry of this process's own, which was refused and is in the log all the same. */
  takeOwn(id: string): Promise<void>
  /** Does something regularly until the looking ends; what fails is tried again the next time. */
  every(ms: number, task: () => Promise<void>): void
  stopLooking(): void
  /** Whether another process looks for what this one leaves; says first that this one does not look any more, if so. */
  hasSuccessor(): Promise<boolean>
  /** Stops the heartbeat, and says that this process takes over nothing more: others take over what it left. */
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

  /** Takes up what was released, and what dead processes left. */
  async function look(): Promise<void> {
    shared.catchUp()
    await takeFrom(unowned)
    const rows = [...owners.getRange()]
    await takeFromStrangers(rows.map(({ key }) => key.toString()))
    for (const { key, value } of rows) {
      const owner = JSON.parse(value) as ProcessIdentity
      if (owner.id === self.id || !isDead(owner)) continue
      shared.catchUp() // with what it wrote until it died: once its row is gone nobody would ask for that
      const taken = await takeFrom(owner.id)
      if (taken > 0) log.warn({ entries: taken, pid: owner.pid }, 'taken up from a process that died')
      if (openOf(owner.id, 1).length === 0) await embedded.writeReserved(() => owners.remove(key), 0)
    }
  }

  /**
   * Takes up what belongs to processes that are not in the table any more: one that was frozen, taken for dead and killed
   * before it spoke again. Seen twice, as a new process stands in the table before it owns anything, but may be read late.
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

  /** Whether it is ours now: another process may have been quicker. */
  async function claim({ id, turn }: OpenEntry): Promise<boolean> {
    const result = await shared.write({ kind: 'take', id, turn, text: String(Date.now()) }, false)
    const entry = shared.open.get(id)
    if (result === 'done' && entry?.owner === self.id) take(entry, entryStateOf(entry))
    return result === 'done'
  }

  /** In the order in which they were accepted: a snapshot has them in another. */
  function openOf(owner: string, limit: number): readonly OpenEntry[] {
    return shared.open
      .values()
      .filter((entry) => entry.owner === owner)
      .sort((one, other) => one.position - other.position)
      .slice(0, limit)
  }

  /** It may be written down as begun, and cannot have: whoever sent it was told that it was not kept. */
  async function takeOwn(id: string): Promise<void> {
    if (!recovery) return void early.push(id)
    const entry = shared.open.get(id)
    if (entry?.owner !== self.id) return
    const state = asNew(entryStateOf(entry))
    // Where this process dies before it runs, the next need not take it for what ended this one.
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

  const notKept = (error: unknown) => log.debug({ err: error }, 'that it did not begin is not written down yet')
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
      await announce() // before it looks: of two that stop at once, neither must leave anything to the other
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
      // The process may go on without this journal, and would pass for a successor.
      if (orphans.announced)
        await announce().catch((error: unknown) => log.debug({ err: error }, 'left without a word'))
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
