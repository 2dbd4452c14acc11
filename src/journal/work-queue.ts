import { isBotError, UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Outcome } from '../model/reply.js'
import { IntrusiveSet, type Pooled } from '../shared/pooled-collections.js'
import type { EntryState } from './entry-state.js'
import * as mark from './entry-state.js'
import { createFairQueue } from './fair-queue.js'
import type { Journal, JournalEntry, Processor } from './journal.js'

/** An entry that this process has in hand. */
export interface Lease extends Pooled {
  state: EntryState
  /** It was written down as begun when it was accepted: its run begins in the same turn. */
  readonly begun?: boolean
  /** Proves that it is still ours: changes hands with the entry. */
  readonly token: string
  /** The write that will keep what it has come to since. */
  unwritten?: Promise<void> | undefined
}

/** Where entries are kept. Each verb throws UnavailableError while it cannot be reached, TakenError when another has the entry. */
export interface EntryStore {
  /** Keeps how far `held` has come by the time of writing. */
  save(lease: Lease): Promise<void>
  close(lease: Lease, outcome: Outcome): Promise<void>
  /** Leaves it to any other process. */
  release(lease: Lease): Promise<void>
}

/** Another process took the entry: this one was thought dead. */
export class LeaseLostError extends Error {}

/** The part of a journal that hands entries to the work, in turn and bounded. */
export interface WorkQueue extends Pick<Journal, 'full' | 'open' | 'stop'> {
  /**
   * Lets `add` write the invocation down, and takes it in hand where that gives it. It is to be written down as begun
   * where nothing keeps it from running at once: that saves a second write.
   */
  accept(add: (begun: boolean) => Promise<Lease | undefined>): Promise<boolean>
  /** Takes in hand what another process left: it goes before what is new. */
  take(lease: Lease): void
  start(work: Processor): void
  /** How many more may be taken in hand. */
  capacity(): number
}

/** Makes a desk. What it holds in memory is bounded by `limit`. */
export function createWorkQueue({ entries, log, limit = 10_000, concurrency = 64 }: WorkQueueDeps): WorkQueue {
  const turns = [roomOf, personOf]
  const [left, fresh] = [createFairQueue<Lease>(turns), createFairQueue<Lease>(turns)]
  const running = new IntrusiveSet<Lease>()
  const delivering = new IntrusiveSet<Lease>()
  let arriving = 0
  let reserved = 0
  let work: Processor | undefined
  let stopping = false
  let onEmpty: (() => void) | undefined

  const waiting = () => left.size() + fresh.size()
  const room = () => limit - arriving - waiting() - running.size - delivering.size

  /** What is just being written down counts too: it must be left to others yet. */
  const isEmpty = () => running.size + delivering.size + arriving === 0

  const hasPlace = () => !stopping && running.size + reserved < concurrency

  function pump(): void {
    while (work && hasPlace()) {
      const lease = left.take() ?? fresh.take()
      if (!lease) return
      running.add(lease)
      void see(lease, work)
    }
  }

  async function see(lease: Lease, work: Processor): Promise<void> {
    const invocation = lease.state.invocation.id
    try {
      const outcome = await work(entryOf(lease))
      await lasting(() => entries.close(lease, outcome))
    } catch (error) {
      if (error instanceof LeaseLostError) log.warn({ invocation }, 'another process has taken it up')
      else await fail(lease, error)
    } finally {
      running.delete(lease)
      delivering.delete(lease)
      if (isEmpty()) onEmpty?.()
      pump()
    }
  }

  /** While stopping it is left to the next process; else that would never come. */
  async function fail(lease: Lease, error: unknown): Promise<void> {
    const invocation = lease.state.invocation.id
    if (!stopping) log.error({ invocation, err: error }, 'not seen through')
    await lasting(() => (stopping ? entries.release(lease) : entries.close(lease, 'failed'))).catch(
      (error: unknown) => {
        log.error({ invocation, err: error }, 'left open: it cannot be closed')
      },
    )
  }

  function entryOf(lease: Lease): JournalEntry {
    const note = (step: mark.Transition): Promise<void> => {
      step(lease.state, Date.now())
      return lasting(() => entries.save(lease))
    }
    const leftover = lease.begun ? undefined : mark.recoveryState(lease.state)
    return {
      invocation: lease.state.invocation,
      recovery: leftover,
      begin: () => (lease.begun ? Promise.resolve() : note(mark.begin)),
      record: (reply) => note(mark.record(reply)),
      sending: () => note(mark.sending),
      unsent: () => note(mark.unsent),
      async sent(last = false) {
        if (!last) return await note(mark.sent)
        mark.sent(lease.state, Date.now())
      },
      drop: () => note(mark.drop),
      end(outcome) {
        if (running.delete(lease)) delivering.add(lease)
        pump()
        return note(mark.end(outcome))
      },
    }
  }

  /** The store may be away for a while: what was accepted waits for it. */
  async function lasting(write: () => Promise<void>): Promise<void> {
    for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
      try {
        return await write()
      } catch (error) {
        if (stopping || !isBotError(error, 'unavailable')) throw error
        await passed(delay)
      }
    }
  }

  /** The bot stopped while it was written down: it did not begin after all. */
  async function leave(lease: Lease): Promise<void> {
    if (lease.begun) {
      lease.state = mark.accepted(lease.state.invocation, lease.state.events[0]?.at ?? Date.now())
      await entries.save(lease)
    }
    await entries.release(lease)
  }

  async function releaseAll(line: () => Lease | undefined): Promise<void> {
    const released: Promise<void>[] = []
    for (let lease = line(); lease; lease = line()) released.push(entries.release(lease))
    const lost = (await Promise.allSettled(released)).filter(({ status }) => status === 'rejected').length
    if (lost > 0) log.warn({ entries: lost }, 'left open: others take them up once this process is gone')
  }

  return {
    async accept(add) {
      if (stopping) throw new UnavailableError('The bot is stopping.', 2)
      if (room() <= 0) throw new UnavailableError('Too much is waiting already.', 2)
      const atOnce = work !== undefined && hasPlace() && waiting() === 0
      arriving++
      if (atOnce) reserved++
      try {
        const lease = await add(atOnce)
        if (!lease) return false
        if (stopping) await leave(lease)
        else if (atOnce && work) {
          running.add(lease)
          void see(lease, work)
        } else fresh.add(lease)
        return true
      } finally {
        arriving--
        if (atOnce) reserved--
        if (isEmpty()) onEmpty?.()
        pump()
      }
    },
    take(lease) {
      left.add(lease)
      if (stopping) void releaseAll(() => left.take())
      pump()
    },
    start(given) {
      work = given
      pump()
    },
    async stop(graceMs) {
      stopping = true
      await releaseAll(() => left.take() ?? fresh.take())
      await new Promise<void>((resolve) => {
        // Holds the process: what runs may be waiting for nothing that does.
        const timer = setTimeout(resolve, graceMs)
        onEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
        if (isEmpty()) onEmpty()
      })
      const unfinished = [...running.list(), ...delivering.list()]
      await releaseAll(() => unfinished.pop())
    },
    full: () => stopping || room() <= 0,
    capacity: room,
    open: () => ({ waiting: waiting(), running: running.size, delivering: delivering.size }),
  }
}

interface WorkQueueDeps {
  readonly entries: EntryStore
  readonly log: Logger
  /** Entries in hand at most; beyond them nothing is accepted. */
  readonly limit?: number
  /** Runs at a time. */
  readonly concurrency?: number
}

function roomOf({ state: { invocation } }: Lease): string {
  const { platform, installation, room }: Invocation = invocation
  return JSON.stringify([platform, installation, room.id])
}

function personOf({ state }: Lease): string {
  return state.invocation.user.id
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
