import { setTimeout as sleep } from 'node:timers/promises'
import type { Journal, JournalEntry } from '../journal/journal.js'
import { isBotError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Notification } from '../model/notification.js'
import type { Outcome } from '../model/reply.js'
import type { NotificationQueue } from './notification-queue.js'
import { RefusedError } from './refusal.js'
import type { RoomDirectory } from './room-directory.js'
import { partId, toInvocation, toSpread } from './to-invocation.js'

interface FanOutDeps {
  readonly journal: Pick<Journal, 'accept' | 'findRecord'>
  readonly queue: Pick<NotificationQueue, 'reserveNext' | 'push' | 'release' | 'hasPart'>
  readonly directory: Pick<RoomDirectory, 'findRoom'>
  /** Aborted when the bot stops. */
  readonly signal: AbortSignal
}

/**
 * Creates a function that makes an entry for each room of a notification. After a crash it runs again: the journal knows
 * the entries it made before, and they must be queued before the sender's later posts continue.
 */
export function createFanOut({ journal, queue, directory, signal }: FanOutDeps) {
  return async ({ invocation }: JournalEntry): Promise<Outcome> => {
    const { rooms = [], ...notification } = invocation.notification as Notification // only notifications get here
    const known: string[] = []
    for (const [index, room] of rooms.entries()) {
      const id = partId(notification.id, index)
      const reservation = await queue.reserveNext(notification.sender.id)
      const entry = await accept(id, notification, room, invocation.at).catch((error: unknown) => {
        queue.release(reservation)
        throw error
      })
      if (entry) await queue.push(entry, reservation)
      else {
        queue.release(reservation)
        known.push(id)
      }
    }
    await untilTakenUp(known)
    return 'done'
  }

  /** If there is no capacity for them, whatever waits for this must continue, to make room. */
  async function untilTakenUp(ids: readonly string[]): Promise<void> {
    const deadline = performance.now() + longestWaitMs
    for (const id of ids) {
      while (!queue.hasPart(id) && performance.now() < deadline) {
        const record = await waitOut(() => journal.findRecord(id), signal)
        if (!record || record.outcome !== undefined || queue.hasPart(id)) break
        await sleep(lookMs, undefined, { signal })
      }
    }
  }

  async function accept(id: string, notification: Notification, room: string, at: number) {
    const part = await waitOut(() => toPart(id, notification, room, at), signal)
    return await waitOut(() => journal.accept(part), signal)
  }

  /** A room that no longer exists is included: its part ends as undeliverable, and the receipt says so. */
  async function toPart(id: string, notification: Notification, room: string, at: number): Promise<Invocation> {
    try {
      return toInvocation(id, notification, await directory.findRoom(room), at)
    } catch (error) {
      if (error instanceof RefusedError) return toSpread(id, notification, room, at)
      throw error
    }
  }
}

/** Long enough to take over what another process left. */
const longestWaitMs = 10_000
const lookMs = 50

/** Retries while a store or platform is unreachable, because the post was accepted. */
async function waitOut<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    try {
      return await work()
    } catch (error) {
      if (!isBotError(error, 'unavailable')) throw error
      await sleep(delayMs, undefined, { signal })
    }
  }
}
