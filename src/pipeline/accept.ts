import { type AckSlot, createAckSlot } from '../delivery/ack-slot.js'
import type { Journal, JournalEntry } from '../journal/journal.js'
import type { WorkQueue } from '../journal/work-queue.js'
import { AuthenticationError, UnavailableError } from '../model/errors.js'
import { hasCaller, type Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Accept, Ack, Platform, SynchronousAnswer, Verified } from '../platforms/platform.js'

/** What accepting an invocation needs. */
export interface Intake {
  readonly journal: Journal
  readonly queue: WorkQueue
  /** What happens to a call over its owner's share. By default the caller is told; `retry` throws UnavailableError. */
  readonly whenOver?: 'retry'
}

/** What accepting a verified request needs. */
export interface AcceptDeps extends Intake {
  readonly platform: Platform
  /** `whenIdle` is set while the process is too busy to wait for answers. */
  readonly ackPriority?: { readonly whenIdle?: (() => Promise<void>) | undefined } | undefined
  /** How long an acknowledgement waits for a quick answer to include, in milliseconds. Default: 0. */
  readonly answerInAckMs?: number | undefined
  /** Called for each new invocation, with the milliseconds it took to store it. */
  readonly onAccepted?: ((invocation: Invocation, ms: number) => void) | undefined
}

/** What to acknowledge a request with. */
export interface Accepted {
  readonly ack: Ack
  /** Set if the ack can include the answer: `inAck` resolves with that ack, and the slot must be told if it was sent. */
  readonly ackSlot?: AckSlot<Ack> | undefined
  readonly inAck?: Promise<Ack | undefined> | undefined
}

/** Decodes a verified request, stores its invocation in the journal and queues it. Throws if it was not stored. */
export async function acceptVerified(verified: Verified, deps: AcceptDeps, ridesInAck = true): Promise<Accepted> {
  const { platform, journal, onAccepted } = deps
  const { ack, invocation } = platform.decode(verified)
  if (invocation && !hasCaller(invocation)) throw new AuthenticationError('the request claims to have no caller')

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

/** Creates a function that accepts what arrives over a connection. */
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

/** Creates the slot for a quick answer; undefined while the process is too busy to wait for one. */
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
 * Stores an invocation in the journal and queues it. Resolves with its entry if it is new. Throws UnavailableError if
 * it was not stored, so that the response is not 2xx.
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
      throw new UnavailableError('Too many calls of this caller or tenant are waiting.', 5)
    entry = await journal.accept(invocation, { replayToken, begun: reservation.startsAtOnce })
    if (entry) await queue.push(ackSlot ? { ...entry, ackSlot } : entry, reservation) // the run starts here
    return entry
  } finally {
    if (!entry) queue.release(reservation)
  }
}
