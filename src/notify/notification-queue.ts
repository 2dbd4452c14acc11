import type { JournalEntry, Recovery } from '../journal/journal.js'
import { finishEntry, releaseEntries } from '../journal/work-queue.js'
import { UnavailableError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import type { Notification } from '../model/notification.js'
import type { Outcome } from '../model/reply.js'
import { withDeadline } from '../shared/deadline.js'
import { createCounts } from './counts-by-key.js'
import { createKeyedSerialQueue } from './keyed-serial-queue.js'
import { rateLimitHeaders } from './rate-limit.js'
import { RefusedError } from './refusal.js'

/**
 * Delivers notifications; those of one sender to one room in order. A notification to several rooms is fanned out first,
 * and the sender's next ones wait for that. Processes that share a store do not wait for each other, so posts to different
 * processes may overtake each other.
 */
export interface NotificationQueue extends Recovery {
  /** Reserves a place for an entry that is about to be stored. Throws UnavailableError, or RefusedError if the sender has too many. */
  reserve(sender: string): Reservation
  /** Releases the place. */
  release(reservation: Reservation): void
  /** Queues an entry; while the bot is stopping, it is left to others. */
  push(entry: JournalEntry, reservation: Reservation): Promise<void>
  /** Waits for a place for a part of a fanned-out notification. Rejects when the bot stops. */
  reserveNext(sender: string): Promise<Reservation>
  /** Whether this process has the part. */
  hasPart(id: string): boolean
  start(work: NotificationWork): void
  /** Starts nothing more and leaves waiting entries to others, in order; resolves when running ones are closed, or after `graceMs`. */
  stop(graceMs: number, hasSuccessor?: () => boolean): Promise<void>
  open(): { readonly waiting: number; readonly running: number }
}

/** A place in the queue. */
export interface Reservation {
  readonly sender: string
  /** True for a part of a fanned-out notification. */
  readonly isPart?: boolean
}

/** How to process an entry. */
export interface NotificationWork {
  /** Delivers it to its room. */
  deliver(entry: JournalEntry): Promise<Outcome>
  /** Creates an entry for each of its rooms. */
  fanOut(entry: JournalEntry): Promise<Outcome>
}

interface NotificationQueueDeps {
  readonly log: Logger
  /** Limits on open notifications, in total and per sender. */
  readonly limit?: number
  readonly senderLimit?: number
  /** The limit on open parts per notification. */
  readonly spread?: number
}

/** A waiting entry, and those that it replaced. */
interface Job {
  entry: JournalEntry
  readonly reservation: Reservation
  readonly superseded: JournalEntry[]
  /** True if it moves to its room's lane once earlier notifications have been fanned out. */
  readonly passes?: boolean
}

/** Creates an empty queue. */
export function createNotificationQueue(deps: NotificationQueueDeps): NotificationQueue {
  const { log, limit = 10_000, senderLimit = 1_000, spread = 100 } = deps
  const lanes = createKeyedSerialQueue<Job>()
  const openOf = createCounts()
  const partsOf = createCounts()
  const parts = new Set<string>()
  const running = new Set<Job>()
  const onChange = new Set<() => void>()
  let open = 0
  let work: NotificationWork | undefined
  let stopping = false
  let refuses = () => false

  function take(reservation: Reservation): Reservation {
    const { sender, isPart } = reservation
    open++
    const counts = isPart ? partsOf : openOf
    counts.add(sender, 1)
    return reservation
  }

  function release({ sender, isPart }: Reservation): void {
    open--
    const counts = isPart ? partsOf : openOf
    counts.add(sender, -1)
    for (const changed of onChange) changed()
  }

  function reserve(sender: string): Reservation {
    if (refuses()) throw new UnavailableError('The bot is stopping.', 2)
    if (open >= limit) throw new UnavailableError('Too many notifications are waiting.', 2)
    if (openOf.of(sender) >= senderLimit)
      throw new RefusedError(`${senderLimit} of your notifications are already waiting.`, 'rate-limited', {
        ...rateLimitHeaders({ limit: senderLimit, remaining: 0, resetAt: Date.now() + 5_000, over: true }),
        'retry-after': '5',
      })
    return take({ sender })
  }

  function enter(entry: JournalEntry, reservation: Reservation): void {
    const notification = notificationOf(entry)
    const job: Job = { entry, reservation, superseded: [] }
    if (reservation.isPart) parts.add(entry.invocation.id)
    const fanningOut = senderLane(notification)
    if (notification.rooms) lanes.add(fanningOut, job)
    else if (!reservation.isPart && lanes.has(fanningOut)) lanes.add(fanningOut, { ...job, passes: true })
    else enterRoom(job)
  }

  /** Whether something ahead of it has to finish first. */
  function follows(entry: JournalEntry): boolean {
    return lanes.has(senderLane(notificationOf(entry))) || lanes.has(roomLane(entry))
  }

  /** An update replaces a notification that is still waiting. */
  function enterRoom(job: Job): void {
    const { key } = notificationOf(job.entry)
    const lane = roomLane(job.entry)
    const older = key === undefined ? undefined : lanes.findLast(lane, ({ entry }) => isFresh(entry, key))
    if (!older) return void lanes.add(lane, job)
    older.superseded.push(older.entry)
    older.entry = job.entry
    release(job.reservation)
  }

  async function run(job: Job): Promise<void> {
    const { entry, passes, superseded, reservation } = job
    if (passes) return enterRoom({ entry, reservation, superseded })
    running.add(job)
    await endSuperseded(superseded)
    const verb = notificationOf(entry).rooms ? 'fanOut' : 'deliver'
    const outcome = (work as NotificationWork)[verb](entry)
    const finished = [...superseded, entry].map((one) => finishEntry(one, outcome, { log, isStopping: () => stopping }))
    await Promise.all(finished)
    for (const { invocation } of [...superseded, entry]) parts.delete(invocation.id)
    running.delete(job)
    release(reservation)
  }

  function releaseAll(jobs: readonly Job[]): Promise<void> {
    return releaseEntries(
      jobs.flatMap(({ entry, superseded }) => [...superseded, entry]),
      log,
    )
  }

  function settled(): Promise<void> {
    return waitFor(() => running.size === 0)
  }

  /** Resolves when `isSo` is true; checked each time an entry has ended. */
  function waitFor(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return
        onChange.delete(look)
        resolve()
      }
      onChange.add(look)
      look()
    })
  }

  return {
    reserve,
    release,
    async push(entry, reservation) {
      if (!stopping || follows(entry)) return enter(entry, reservation)
      await entry.release().finally(() => release(reservation))
    },
    async reserveNext(sender) {
      await waitFor(() => stopping || partsOf.of(sender) < spread)
      if (stopping) throw new UnavailableError('The bot is stopping.', 2)
      return take({ sender, isPart: true })
    },
    hasPart: (id) => parts.has(id),
    take(entry) {
      const { id, sender } = notificationOf(entry)
      const reservation = take({ sender: sender.id, isPart: entry.invocation.id !== id })
      if (stopping) void releaseEntries([entry], log).finally(() => release(reservation))
      else enter(entry, reservation)
    },
    capacity: () => Math.max(limit - open, 0), // parts of a fanned-out notification may exceed the limit
    start(given) {
      work = given
      lanes.start(run)
    },
    async stop(graceMs, hasSuccessor = () => false) {
      stopping = true
      refuses = () => !hasSuccessor()
      for (const changed of onChange) changed()
      const left: Promise<void>[] = []
      lanes.stop((jobs) => left.push(releaseAll(jobs)))
      await withDeadline(settled(), graceMs, () => new Error('not settled in time')).catch(() => undefined)
      await Promise.all([...left, releaseAll([...running, ...lanes.takeAll()])])
    },
    open: () => ({ waiting: open - running.size, running: running.size }),
  }
}

/** Closes replaced notifications, because showing them later would be out of order. */
async function endSuperseded(superseded: readonly JournalEntry[]): Promise<void> {
  await Promise.allSettled(superseded.map((one) => one.end('done'))) // a lost lease is noticed on close
}

function notificationOf({ invocation }: JournalEntry): Notification {
  return invocation.notification as Notification // only notifications get here
}

function senderLane({ sender }: Notification): string {
  return JSON.stringify([sender.id])
}

function roomLane(entry: JournalEntry): string {
  const { platform, installation, room } = entry.invocation
  return JSON.stringify([notificationOf(entry).sender.id, platform, installation, room.id])
}

function isFresh({ recovery, invocation }: JournalEntry, key: string): boolean {
  return recovery === undefined && invocation.notification?.key === key
}
