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
 * Notifications on their way: what one sender posts to one room is delivered in order. What is for several rooms is fanned
 * out to them first, and what the sender posts after it waits until that is done. Processes that share a store do not wait
 * for each other: what is posted to one of them may overtake what another has in hand.
 */
export interface NotificationQueue extends Recovery {
  /** Keeps a place for what is about to be written down. Throws UnavailableError, or RefusedError where the sender has too many. */
  reserve(sender: string): Reservation
  /** Gives the place back. */
  release(reservation: Reservation): void
  /** Gives an entry its place; while the bot stops it is left to others. */
  push(entry: JournalEntry, reservation: Reservation): Promise<void>
  /** A place for one of the many that a notification is fanned out as; resolves when there is room. Rejects when the bot stops. */
  reserveNext(sender: string): Promise<Reservation>
  /** Whether one of the many is in hand here. */
  hasPart(id: string): boolean
  start(work: NotificationWork): void
  /** Begins nothing more, and leaves to others what waits, in order; resolves when what was begun is closed, or after `graceMs`. */
  stop(graceMs: number, hasSuccessor?: () => boolean): Promise<void>
  open(): { readonly waiting: number; readonly running: number }
}

/** A place in the queue. */
export interface Reservation {
  readonly sender: string
  /** True for one of the many that a notification is fanned out as. */
  readonly isPart?: boolean
}

/** What is done for an entry. */
export interface NotificationWork {
  /** Delivers it to its room. */
  deliver(entry: JournalEntry): Promise<Outcome>
  /** Makes an entry for each of its rooms. */
  fanOut(entry: JournalEntry): Promise<Outcome>
}

interface NotificationQueueDeps {
  readonly log: Logger
  /** How many may be open, of all senders and of one. */
  readonly limit?: number
  readonly senderLimit?: number
  /** How many rooms of one notification are open at a time. */
  readonly spread?: number
}

/** Something that waits for its turn, and those that it took the place of. */
interface Job {
  entry: JournalEntry
  readonly reservation: Reservation
  readonly superseded: JournalEntry[]
  /** True where it goes to its room's lane once what came before it has been fanned out. */
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
      throw new RefusedError(`${senderLimit} notifications of yours wait already.`, 'rate-limited', {
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

  /** Whether something is before it that has to end first, whoever takes it up. */
  function follows(entry: JournalEntry): boolean {
    return lanes.has(senderLane(notificationOf(entry))) || lanes.has(roomLane(entry))
  }

  /** News of what still waits takes its place. */
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

  /** Resolves when `isSo`, which is asked each time something has ended. */
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
    capacity: () => Math.max(limit - open, 0), // the many that one is fanned out as may be above the limit
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

/** From here on nobody shows them, whatever happens to what takes their place: after it they would be old news. */
async function endSuperseded(superseded: readonly JournalEntry[]): Promise<void> {
  await Promise.allSettled(superseded.map((one) => one.end('done'))) // a lease that is lost shows when it is closed
}

function notificationOf({ invocation }: JournalEntry): Notification {
  return invocation.notification as Notification // nothing else is pushed here
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
