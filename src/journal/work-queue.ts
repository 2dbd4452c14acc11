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
 * The waiting and running entries. A limited number runs at a time, and no person, command or tenant has more than its
 * share. Tenants take turns, then rooms within a tenant, then people within a room.
 */
export interface WorkQueue extends Recovery {
  /** Reserves a place for an entry that is about to be stored. Throws UnavailableError if the queue is full or the bot is stopping. */
  reserve(invocation: Invocation): Reservation
  /**
   * Queues an entry: it runs immediately or when its turn comes; a caller over their share gets a notice. Returns a promise
   * only while the bot is stopping.
   */
  push(entry: JournalEntry, reservation: Reservation): Promise<void> | undefined
  /** Releases a place that no entry took. */
  release(reservation: Reservation): void
  /** Takes an entry that another process left. It goes before new ones, but one at a time if it runs again. */
  take(entry: JournalEntry): void
  /** Starts running entries. */
  start(processor: Processor): void
  /**
   * Starts nothing more; waiting entries are released to others, and so are new ones while `hasSuccessor` returns true.
   * Resolves when running entries are closed, or after `graceMs`.
   */
  stop(graceMs: number, hasSuccessor?: () => boolean): Promise<void>
  /** Throws UnavailableError if nothing more can be taken; call it before doing any work for a request. */
  assertOpen(): void
  /** How many entries are waiting, running or being delivered. */
  open(): { readonly waiting: number; readonly running: number; readonly delivering: number }
  /** How many entries wait because of a limit, by whose limit it is. */
  held(): Readonly<Record<ShareOwner, number>>
}

/** A place in the queue. */
export interface Reservation {
  /** True if the entry can run as soon as it is stored. */
  readonly startsAtOnce: boolean
  /** Whose limit on waiting calls is reached: then the entry gets a notice instead of a run. */
  readonly over: OverShare | undefined
}

/**
 * Processes one entry to its end, and reports when its run is over, so that another can run while its replies are being
 * delivered. An entry over its share is not run.
 */
export type Processor = (entry: JournalEntry, onRunEnd: () => void, over?: OverShare) => Promise<Outcome>

/** Creates an empty queue for at most `limit` entries, of which `concurrency` run at a time. */
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
    if (capacity() <= 0) throw new UnavailableError('Too many calls are waiting.', 2)
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

  /** Moves a job from one count of its shares to another. */
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

  /** A notice takes no place of a running call. */
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
    // Entries being stored count too, because they have to be released afterwards.
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

/** What finishing an entry needs. */
export interface FinishDeps {
  readonly log: Logger
  /** Whether the bot is stopping: then a failed entry is left to the next process. */
  isStopping(): boolean
}

/** Closes an entry with the outcome of its processing. Never rejects. */
export async function finishEntry(entry: JournalEntry, work: Promise<Outcome>, deps: FinishDeps): Promise<void> {
  const invocation = entry.invocation.id
  try {
    await entry.close(await work)
  } catch (error) {
    if (error instanceof LeaseLostError) deps.log.warn({ invocation }, 'another process took over the call')
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

/** Releases entries to other processes. */
export async function releaseEntries(entries: readonly JournalEntry[], log: Logger): Promise<void> {
  const released = await Promise.allSettled(entries.map((entry) => entry.release()))
  const lost = released.filter(({ status }) => status === 'rejected').length
  if (lost > 0) log.warn({ entries: lost }, 'calls not released: others take them over once this process has exited')
}

function fill(job: Job, entry: JournalEntry): QueuedJob {
  job.entry = entry
  return job as QueuedJob
}

/** A reserved place, and the entry in it. */
interface Job extends Parties, Reservation, Waiting, Pooled {
  startsAtOnce: boolean
  /** It was running when its process died, and runs again. */
  isSuspect: boolean
  over: OverShare | undefined
  /** Which of its owners' counts it is part of. */
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
  /** The limits per person, command and tenant. Default: none. */
  readonly shares?: ShareLimits
  /** The name of the command that a line calls. By default, all count as one. */
  readonly commandOf?: (invocation: Invocation) => string
  /** Whether an entry whose run had begun in another process runs again. */
  runsAgain?(entry: JournalEntry): boolean
  /** How long the first of those waits while new entries are served. */
  readonly restMs?: number
}

function hadBegun({ recovery }: JournalEntry): boolean {
  return recovery !== undefined && recovery.ended === undefined
}
