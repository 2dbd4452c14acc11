import { UnavailableError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import type { Outcome } from '../model/reply.js'
import { IntrusiveSet, type Pooled } from '../shared/gc-friendly-collections.js'
import { LeaseLostError } from './entry.js'
import { createFairQueue } from './fair-queue.js'
import type { JournalEntry, Recovery } from './journal.js'
import { createSuspects } from './suspects.js'

/** Entries that wait for their turn, and those that have it: rooms take turns, people within a room, and few run at a time. */
export interface WorkQueue extends Recovery {
  /** Keeps a place for what is about to be written down. Throws UnavailableError when the queue is full, or the bot stops. */
  reserve(): Reservation
  /** Gives an entry its place: it runs at once, or when its turn comes. Resolves at once but while the bot stops. */
  push(entry: JournalEntry, reservation: Reservation): Promise<void> | undefined
  /** Takes what another process left: it goes before what is new, but one at a time where it runs again. */
  take(entry: JournalEntry): void
  /** Begins to work. */
  start(processor: Processor): void
  /** Starts nothing more; what had not begun is left to others. Resolves when what had begun is closed, or after `graceMs`. */
  stop(graceMs: number): Promise<void>
  /** Throws UnavailableError while nothing more is taken: ask before any work is done for a request. */
  assertOpen(): void
  /** How many are open here: waiting, running or being delivered. */
  open(): { readonly waiting: number; readonly running: number; readonly delivering: number }
}

/** A place in the queue. */
export interface Reservation {
  /** True where nothing keeps the entry from running as soon as it is written down. */
  readonly startsAtOnce: boolean
  /** Gives the place back, where no entry took it. */
  release(): void
}

/** Sees one entry through to its end, and says when its run is over: then another may run while its replies are delivered. */
export type Processor = (entry: JournalEntry, onRunEnd: () => void) => Promise<Outcome>

/** Creates an empty queue: `limit` entries at most, of which `concurrency` run at a time. */
export function createWorkQueue(deps: WorkQueueDeps): WorkQueue {
  const { log, limit = 10_000, concurrency = 64, runsAgain = hadBegun, restMs = 2_000 } = deps
  const turns = [roomOf, personOf]
  const [left, fresh] = [createFairQueue<JournalEntry>(turns), createFairQueue<JournalEntry>(turns)]
  const suspects = createSuspects<JournalEntry>(pump, restMs)
  const running = new IntrusiveSet<Job>()
  const delivering = new IntrusiveSet<Job>()
  let reserved = 0
  let startingAtOnce = 0
  let waiting = 0
  let processor: Processor | undefined
  let stopping = false
  let onEmpty: (() => void) | undefined

  const capacity = () => limit - reserved - waiting - suspects.size() - running.size - delivering.size
  const hasPlace = () => processor !== undefined && !stopping && running.size + startingAtOnce < concurrency

  function assertOpen(): void {
    if (stopping) throw new UnavailableError('The bot is stopping.', 2)
    if (capacity() <= 0) throw new UnavailableError('Too much is waiting already.', 2)
  }

  function pump(): void {
    while (hasPlace()) {
      const entry = suspects.take() ?? (waiting > 0 ? takeWaiting() : undefined)
      if (!entry) return
      run(entry)
    }
  }

  function run(entry: JournalEntry): void {
    const job: Job = { entry }
    running.add(job)
    const onRunEnd = () => {
      if (running.delete(job)) delivering.add(job)
      suspects.done(entry)
      pump()
    }
    void process(entry, onRunEnd).finally(() => {
      running.delete(job)
      delivering.delete(job)
      suspects.done(entry)
      whenEmpty()
      pump()
    })
  }

  async function process(entry: JournalEntry, onRunEnd: () => void): Promise<void> {
    const invocation = entry.invocation.id
    try {
      const outcome = await (processor as Processor)(entry, onRunEnd)
      await entry.close(outcome)
    } catch (error) {
      if (error instanceof LeaseLostError) log.warn({ invocation }, 'another process has taken it up')
      else await fail(entry, error)
    }
  }

  /** While the bot stops it is left to the next process; else that would never come. */
  async function fail(entry: JournalEntry, error: unknown): Promise<void> {
    const invocation = entry.invocation.id
    if (!stopping) log.error({ invocation, err: error }, 'invocation failed')
    await (stopping ? entry.release() : entry.close('failed')).catch((error: unknown) => {
      log.error({ invocation, err: error }, 'could not close the journal entry')
    })
  }

  function whenEmpty(): void {
    // What is just being written down counts too: it has to be left to others yet.
    if (running.size + delivering.size + reserved === 0) onEmpty?.()
  }

  async function releaseAll(next: () => JournalEntry | undefined): Promise<void> {
    const released: Promise<void>[] = []
    for (let entry = next(); entry; entry = next()) released.push(entry.release())
    const lost = (await Promise.allSettled(released)).filter(({ status }) => status === 'rejected').length
    if (lost > 0) log.warn({ entries: lost }, 'left open: others take them up once this process is gone')
  }

  function takeWaiting(): JournalEntry | undefined {
    const entry = left.take() ?? fresh.take()
    if (entry) waiting--
    return entry
  }

  async function releaseWaiting(): Promise<void> {
    await releaseAll(() => takeWaiting() ?? suspects.takeWaiting())
  }

  return {
    reserve() {
      assertOpen()
      const startsAtOnce = waiting === 0 && hasPlace()
      reserved++
      if (startsAtOnce) startingAtOnce++
      let kept = true
      return {
        startsAtOnce,
        release() {
          if (!kept) return
          kept = false
          reserved--
          if (startsAtOnce) startingAtOnce--
          whenEmpty()
          pump()
        },
      }
    },
    push(entry, { startsAtOnce }) {
      if (stopping) return entry.release()
      if (startsAtOnce) run(entry)
      else {
        fresh.add(entry)
        waiting++
      }
    },
    take(entry) {
      if (runsAgain(entry)) suspects.add(entry)
      else {
        left.add(entry)
        waiting++
      }
      if (stopping) void releaseWaiting()
      pump()
    },
    start(given) {
      processor = given
      suspects.rest()
      pump()
    },
    async stop(graceMs) {
      stopping = true
      await releaseWaiting()
      await new Promise<void>((resolve) => {
        // Not unref'd: running commands may have nothing else that keeps the process alive.
        const timer = setTimeout(resolve, graceMs)
        onEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
        whenEmpty()
      })
      const unfinished = [...running.list(), ...delivering.list()]
      await releaseAll(() => unfinished.pop()?.entry)
    },
    assertOpen,
    capacity,
    open: () => ({ waiting: waiting + suspects.size(), running: running.size, delivering: delivering.size }),
  }
}

interface Job extends Pooled {
  readonly entry: JournalEntry
}

interface WorkQueueDeps {
  readonly log: Logger
  readonly limit?: number
  readonly concurrency?: number
  /** Whether what another process left is run once more, having begun there. */
  runsAgain?(entry: JournalEntry): boolean
  /** How long the first of those that run again waits while what is new is served. */
  readonly restMs?: number
}

function hadBegun({ recovery }: JournalEntry): boolean {
  return recovery !== undefined && recovery.ended === undefined
}

function roomOf({ invocation: { platform, installation, room } }: JournalEntry): string {
  return JSON.stringify([platform, installation, room.id])
}

function personOf({ invocation }: JournalEntry): string {
  return invocation.user.id
}
