import { type AckSlot, createAckSlot } from '../delivery/ack-slot.js'
import type { Journal, JournalEntry } from '../journal/journal.js'
import type { WorkQueue } from '../journal/work-queue.js'
import { AuthenticationError, UnavailableError } from '../model/errors.js'
import { hasCaller, type Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Accept, Ack, Platform, SynchronousAnswer, Verified } from '../platforms/platform.js'

/** What takes invocations in. */
export interface Intake {
  readonly journal: Journal
  readonly queue: WorkQueue
  /** What becomes of what is over its share: left out, its caller is told; `retry` throws UnavailableError. */
  readonly whenOver?: 'retry'
}

/** What takes in what was proven. */
export interface AcceptDeps extends Intake {
  readonly platform: Platform
  /** Its `whenIdle` is there while nobody has time to wait for an answer. */
  readonly ackPriority?: { readonly whenIdle?: (() => Promise<void>) | undefined } | undefined
  /** How long an acknowledgement waits for an answer that may ride in it, in milliseconds; not at all if left out. */
  readonly answerInAckMs?: number | undefined
  /** Called for each new invocation, with the milliseconds that it took to store it. */
  readonly onAccepted?: ((invocation: Invocation, ms: number) => void) | undefined
}

/** What came of it. */
export interface Accepted {
  readonly ack: Ack
  /** Where the answer may ride in the ack instead: it resolves with that ack, and the slot wants to know if it arrived. */
  readonly ackSlot?: AckSlot<Ack> | undefined
  readonly inAck?: Promise<Ack | undefined> | undefined
}

/** Decodes what was proven, journals what was asked, and queues it. Throws where it was not kept. */
export async function acceptVerified(verified: Verified, deps: AcceptDeps, ridesInAck = true): Promise<Accepted> {
  const { platform, journal, onAccepted } = deps
  const { ack, invocation } = platform.decode(verified)
  if (invocation && !hasCaller(invocation)) throw new AuthenticationError('the request claims that nobody typed it')

  const { replayToken, receivedAt } = verified
  if (!invocation) {
    if (replayToken) await journal.recordReplayToken(replayToken)
    return { ack }
  }
  const synchronous = synchronousFor(verified, platform)
  const ackSlot = ridesInAck ? createSlot(verified, invocation, synchronous, deps) : undefined
  const entry = await acceptInvocation(invocation, deps, replayToken, ackSlot)
  if (!entry) return { ack }
  onAccepted?.(invocation, Date.now() - receivedAt)
  const inAck = ackSlot?.wait(synchronous?.withinMs ?? deps.answerInAckMs ?? 0)
  return { ack: synchronous?.late(verified) ?? ack, ackSlot, inAck }
}

/** Creates what takes in what comes over a connection. */
export function createAccept(deps: AcceptDeps): Accept {
  return async (verified, send) => {
    const { ack, ackSlot, inAck } = await acceptVerified(verified, deps, send !== undefined)
    const given = (await inAck) ?? ack
    try {
      await send?.(given)
      ackSlot?.settle(true)
    } catch (error) {
      ackSlot?.settle(false)
      throw error
    }
    return given
  }
}

/** The place for an answer that comes soon; none where nobody has time to wait for one. */
function createSlot(
  verified: Verified,
  invocation: Invocation,
  synchronous: SynchronousAnswer | undefined,
  { platform, ackPriority, answerInAckMs = 0 }: AcceptDeps,
) {
  if (synchronous) return createAckSlot((...replies) => synchronous.show(replies, verified))
  if (!platform.answer || answerInAckMs === 0 || ackPriority?.whenIdle) return undefined
  return createAckSlot((reply, ...others) => {
    const rides = reply !== undefined && reply.updateKey === undefined && others.length === 0
    return rides ? platform.answer?.(reply, verified, invocation) : undefined
  })
}

function synchronousFor(verified: Verified, { synchronous }: Platform): SynchronousAnswer | undefined {
  return synchronous?.isFor?.(verified) === false ? undefined : synchronous
}

/**
 * Journals an invocation and queues it. Resolves with its entry if it is new. Throws UnavailableError if it was not
 * stored: then the response is not 2xx.
 */
export async function acceptInvocation(
  invocation: Invocation,
  { journal, queue, whenOver }: Intake,
  replayToken?: ReplayToken,
  ackSlot?: AckSlot,
): Promise<JournalEntry | undefined> {
  const reservation = queue.reserve(invocation)
  let entry: JournalEntry | undefined
  try {
    if (reservation.over && whenOver === 'retry')
      throw new UnavailableError('Too much of theirs is waiting already.', 5)
    entry = await journal.accept(invocation, { replayToken, begun: reservation.startsAtOnce })
    if (entry) await queue.push(ackSlot ? { ...entry, ackSlot } : entry, reservation) // work begins here
    return entry
  } finally {
    if (!entry) queue.release(reservation)
  }
}
