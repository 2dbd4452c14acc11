import { UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Outcome } from '../model/reply.js'
import { IntrusiveSet, type Pooled } from '../shared/gc-friendly-collections.js'
import { createCommandLimitedQueue } from './command-limited-queue.js'
import { createSuspects } from './crash-suspects.js'
import { LeaseLostError } from './entry.js'
import type { Waiting } from './fair-queue.js'
import {
  createShares,
  type OverShare,
  type Parties,
  type ShareKind,
  type ShareLimits,
  type ShareOwner,
  unlimitedShares,
} from './fair-shares.js'
import type { JournalEntry, Recovery } from './journal.js'

/**
 * Entries that wait for their turn, and those that have it: few run at a time, and of those no person, command or tenant
 * has more than a share. Tenants take turns, rooms within a tenant, and people within a room.
 */
export interface WorkQueue extends Recovery {
  /** Keeps a place for what is about to be written down. Throws UnavailableError when the queue is full, or the bot stops. */
  reserve(invocation: Invocation): Reservation
  /**
   * Queues an entry: it runs at once, or when its turn comes; whoever is over his share is told so at once.
   * Resolves at once but while the bot stops.
   */
  push(entry: JournalEntry, reservation: Reservation): Promise<void> | undefined
  /** Gives the place back, where no entry took it. */
  release(reservation: Reservation): void
  /** Takes what another process left: it goes before what is new, but one at a time where it runs again. */
  take(entry: JournalEntry): void
  /** Begins to work. */
  start(processor: Processor): void
  /**
   * Starts nothing more; what had not begun is left to others, and so is what comes while `hasSuccessor` says that there
   * are any. Resolves when what had begun is closed, or after `graceMs`.
   */
  stop(graceMs: number, hasSuccessor?: () => boolean): Promise<void>
  /** Throws UnavailableError while nothing more is taken: ask before any work is done for a request. */
  assertOpen(): void
  /** How many are open here: waiting, running or being delivered. */
  open(): { readonly waiting: number; readonly running: number; readonly delivering: number }
  /** How many wait although there would be room for them, by whose share it is that they wait for. */
  held(): Readonly<Record<ShareOwner, number>>
}

/** A place in the queue. */
export interface Reservation {
  /** True where nothing keeps the entry from running as soon as it is written down. */
  readonly startsAtOnce: boolean
  /** Whose share of what waits is used up: then the entry is not run, but told so. */
  readonly over: OverShare | undefined
}

/**
 * Processes one entry to its end, and says when its run is over: then another may run while its replies are delivered.
 * What is over its share is not run.
 */
export type Processor = (entry: JournalEntry, onRunEnd: () => void, over?: OverShare) => Promise<Outcome>

/** Creates an empty queue: `limit` entries at most, of which `concurrency` run at a time. */
export function createWorkQueue(deps: WorkQueueDeps): WorkQueue {
  const { log, limit = 10_000, concurrency = 64, runsAgain = hadBegun, restMs = 2_000 } = deps
  const commandOf = deps.commandOf ?? (() => '')
  const shares = createShares(deps.shares ?? unlimitedShares)
  const [left, fresh] = [createCommandLimitedQueue<QueuedJob>(), createCommandLimitedQueue<QueuedJob>()]
  const suspects = createSuspects<QueuedJob>(pump, restMs)
  const running = new IntrusiveSet<QueuedJob>()
  const delivering = new IntrusiveSet<QueuedJob>()
  let reserved = 0
  let startingAtOnce = 0
  let waiting = 0
  let suspected = 0
  let processor: Processor | undefined
  let stopping = false
  let refuses = () => false
  let onEmpty: (() => void) | undefined

  const capacity = () => limit - reserved - waiting - suspected - running.size - delivering.size
  const isStopping = () => stopping
  const hasPlace = () => processor !== undefined && !stopping && running.size + startingAtOnce < concurrency

  function assertOpen(): void {
    if (refuses()) throw new UnavailableError('The bot is stopping.', 2)
    if (capacity() <= 0) throw new UnavailableError('Too much is waiting already.', 2)
  }

  function pump(): void {
    while (hasPlace()) {
      const job = takeSuspect() ?? takeNext()
      if (!job) return
      run(job)
    }
  }

  function takeSuspect(): QueuedJob | undefined {
    const job = suspected > 0 ? suspects.take() : undefined
    if (job) suspected--
    return job
  }

  function takeNext(): QueuedJob | undefined {
    const job = waiting > 0 ? (left.take() ?? fresh.take()) : undefined
    if (job) waiting--
    return job
  }

  function createJob(invocation: Invocation): Job {
    const { person, command } = shares.find(invocation, commandOf(invocation))
    return {
      person,
      command,
      room: invocation.room.id,
      startsAtOnce: false,
      isSuspect: false,
      over: undefined,
      share: undefined,
      entry: undefined,
      place: undefined,
    }
  }

  /** Moves a job's share from one count to another. */
  function count(job: Job, kind: ShareKind | undefined): void {
    const before = job.share
    if (before === kind) return
    job.share = kind
    if (kind) shares.take(job, kind)
    if (before) shares.giveBack(job, before)
  }

  function run(job: QueuedJob): void {
    running.add(job)
    count(job, 'running')
    const onRunEnd = () => {
      if (!running.delete(job)) return
      delivering.add(job)
      count(job, 'waiting')
      if (job.isSuspect) suspects.done(job)
      if (waiting + suspected > 0) pump()
    }
    finishOn(process(job, onRunEnd), job)
  }

  /** It takes no place of those that run. */
  function tell(job: QueuedJob): void {
    delivering.add(job)
    finishOn(
      process(job, () => {}),
      job,
    )
  }

  function finishOn(processed: Promise<void>, job: QueuedJob): void {
    void processed.finally(() => {
      running.delete(job)
      delivering.delete(job)
      count(job, undefined)
      if (job.isSuspect) suspects.done(job)
      if (stopping) whenEmpty()
      if (waiting + suspected > 0) pump()
    })
  }

  function process({ entry, over }: QueuedJob, onRunEnd: () => void): Promise<void> {
    return finishEntry(entry, (processor as Processor)(entry, onRunEnd, over), { log, isStopping })
  }

  function release(reservation: Reservation): void {
    const job = reservation as Job
    unreserve(job)
    count(job, undefined)
    whenEmpty()
    pump()
  }

  function whenEmpty(): void {
    // What is just being written down counts too: it has to be left to others yet.
    if (running.size + delivering.size + reserved === 0) onEmpty?.()
  }

  function releaseAll(jobs: readonly QueuedJob[]): Promise<void> {
    return releaseEntries(
      jobs.map(({ entry }) => entry),
      log,
    )
  }

  function takeWaiting(): readonly QueuedJob[] {
    const jobs = [...left.takeAll(), ...fresh.takeAll()]
    waiting -= jobs.length
    for (let job = suspects.takeWaiting(); job; job = suspects.takeWaiting()) jobs.push(job)
    suspected = 0
    for (const job of jobs) count(job, undefined)
    return jobs
  }

  return {
    reserve(invocation) {
      assertOpen()
      const mayStart = hasPlace()
      const job = createJob(invocation)
      job.over = processor && shares.overShare(job)
      job.startsAtOnce = !job.over && mayStart && shares.mayRun(job)
      job.share = job.over ? 'notices' : job.startsAtOnce ? 'running' : 'waiting'
      shares.take(job, job.share)
      reserved++
      if (job.startsAtOnce) startingAtOnce++
      return job
    },
    push(entry, reservation) {
      if (stopping) return entry.release().finally(() => release(reservation))
      const job = fill(reservation as Job, entry)
      unreserve(job)
      if (job.startsAtOnce) run(job)
      else if (job.over) tell(job)
      else {
        fresh.add(job)
        waiting++
        pump()
      }
    },
    release,
    take(entry) {
      const job = fill(createJob(entry.invocation), entry)
      count(job, 'waiting')
      if (runsAgain(entry)) {
        job.isSuspect = true
        suspects.add(job)
        suspected++
      } else {
        left.add(job)
        waiting++
      }
      if (stopping) void releaseAll(takeWaiting())
      pump()
    },
    start(given) {
      processor = given
      suspects.rest()
      pump()
    },
    async stop(graceMs, hasSuccessor = () => false) {
      stopping = true
      refuses = () => !hasSuccessor()
      await releaseAll(takeWaiting())
      await new Promise<void>((resolve) => {
        // Not unref'd: running commands may have nothing else that keeps the process alive.
        const timer = setTimeout(resolve, graceMs)
        onEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
        whenEmpty()
      })
      await releaseAll([...running.list(), ...delivering.list()])
    },
    assertOpen,
    capacity,
    open: () => ({ waiting: waiting + suspected, running: running.size, delivering: delivering.size }),
    held() {
      const [older, newer] = [left.held(), fresh.held()]
      return {
        person: older.person + newer.person,
        command: older.command + newer.command,
        tenant: older.tenant + newer.tenant,
      }
    },
  }

  function unreserve({ startsAtOnce }: Job): void {
    reserved--
    if (startsAtOnce) startingAtOnce--
  }
}

/** What entries are finished with. */
export interface FinishDeps {
  readonly log: Logger
  /** Whether the bot stops: then what fails is left to the next process, since a close would never come. */
  isStopping(): boolean
}

/** Closes an entry with the outcome of what is done for it. Never rejects. */
export async function finishEntry(entry: JournalEntry, work: Promise<Outcome>, deps: FinishDeps): Promise<void> {
  const invocation = entry.invocation.id
  try {
    await entry.close(await work)
  } catch (error) {
    if (error instanceof LeaseLostError) deps.log.warn({ invocation }, 'another process has taken it up')
    else await fail(entry, error, deps)
  }
}

async function fail(entry: JournalEntry, error: unknown, { log, isStopping }: FinishDeps): Promise<void> {
  const invocation = entry.invocation.id
  const stopping = isStopping()
  if (!stopping) log.error({ invocation, err: error }, 'invocation failed')
  await (stopping ? entry.release() : entry.close('failed')).catch((error: unknown) => {
    log.error({ invocation, err: error }, 'could not close the journal entry')
  })
}

/** Leaves entries to other processes. */
export async function releaseEntries(entries: readonly JournalEntry[], log: Logger): Promise<void> {
  const released = await Promise.allSettled(entries.map((entry) => entry.release()))
  const lost = released.filter(({ status }) => status === 'rejected').length
  if (lost > 0) log.warn({ entries: lost }, 'left open: others take them up once this process is gone')
}

function fill(job: Job, entry: JournalEntry): QueuedJob {
  job.entry = entry
  return job as QueuedJob
}

/** A place that is kept, and what takes it. */
interface Job extends Parties, Reservation, Waiting, Pooled {
  startsAtOnce: boolean
  /** Ran when its process died, and runs again. */
  isSuspect: boolean
  over: OverShare | undefined
  /** What it takes of its person's, its command's and its tenant's share. */
  share: ShareKind | undefined
  entry: JournalEntry | undefined
}

interface QueuedJob extends Job {
  entry: JournalEntry
}

interface WorkQueueDeps {
  readonly log: Logger
  readonly limit?: number
  readonly concurrency?: number
  /** What one person, command or tenant may have; left out, there is no bound. */
  readonly shares?: ShareLimits
  /** Names the command that a line calls; left out, all are one. */
  readonly commandOf?: (invocation: Invocation) => string
  /** Whether what another process left is run once more, having begun there. */
  runsAgain?(entry: JournalEntry): boolean
  /** How long the first of those that run again waits while what is new is served. */
  readonly restMs?: number
}

function hadBegun({ recovery }: JournalEntry): boolean {
  return recovery !== undefined && recovery.ended === undefined
}
