import type { Logger } from '../model/logger.js'
import { repeat } from '../shared/repeat.js'
import type { LmdbEnvironment } from '../stores/lmdb-environment.js'
import type { Lease } from './entry.js'
import type { JournalEntry, Recovery } from './journal.js'
import { createDeathWatch, heartbeat, type ProcessIdentity } from './process-liveness.js'
import type { SharedLog } from './wal/shared-log.js'
import { entryStateOf, type OpenEntry, unowned } from './wal/state.js'

/** What takes up the entries that other processes left: released, or of a process that died. */
export interface OrphanRecovery {
  /** Says that this process lives, so that others take up its entries when it does not any more. */
  announce(): Promise<void>
  /** False until that is said for the first time. */
  announced: boolean
  /** Takes up what there is, and goes on looking. */
  start(recovery: Recovery): Promise<void>
  /** Takes up an entry that turned out to be this process's own. */
  takeOwn(id: string): void
  /** Does something regularly until the looking ends; what fails is tried again at the next turn. */
  every(ms: number, task: () => Promise<void>): void
  stopLooking(): void
  /** Whether another process looks for what this one leaves; says first that this one does not look any more, if so. */
  hasSuccessor(): Promise<boolean>
  /** Stops the heartbeat, and says that this process takes up nothing more: others take over what it left. */
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
    for (const { key, value } of [...owners.getRange()]) {
      const owner = JSON.parse(value) as ProcessIdentity
      if (owner.id === self.id || !isDead(owner)) continue
      const taken = await takeFrom(owner.id)
      if (taken > 0) log.warn({ entries: taken, pid: owner.pid }, 'taken up from a process that died')
      if (openOf(owner.id, 1).length === 0) await embedded.writeReserved(() => owners.remove(key), 0)
    }
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
    if (result === 'done') takeOwn(id)
    return result === 'done'
  }

  function openOf(owner: string, limit: number): readonly OpenEntry[] {
    return shared.open
      .values()
      .filter((entry) => entry.owner === owner)
      .slice(0, limit)
  }

  function takeOwn(id: string): void {
    if (!recovery) return void early.push(id)
    const entry = shared.open.get(id)
    if (entry?.owner === self.id) recovery.take(entryOf({ state: entryStateOf(entry), token: String(entry.turn) }))
  }

  function every(ms: number, task: () => Promise<void>): void {
    const failed = (error: unknown) => log.error({ err: error }, 'journal maintenance failed')
    timers.push(repeat(task, ms, failed))
  }

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
      for (const id of early) takeOwn(id)
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
