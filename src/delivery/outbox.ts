import { DeliveryError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Card, Outcome, Reply } from '../model/reply.js'
import { inSpan } from '../shared/tracing.js'
import type { ClaimableSlot } from './ack-slot.js'
import { asDeliveryError, nextPauseMs, retryRule } from './retry-rule.js'

/** Where the outbox records its progress; each promise resolves when the record would survive a crash. */
export interface DeliveryCheckpoints {
  record(reply: Reply): Promise<void>
  sending(): Promise<void>
  unsent(): Promise<void>
  /** `last`: the run has ended and nothing follows, so the record may be written together with the close. */
  sent(last?: boolean): Promise<void>
  end(outcome: Outcome): Promise<void>
}

/** The part of a platform that delivers. */
export interface Transport {
  readonly maxTextLength: number
  /** Whether a later reply with the same name can replace this one. Default: always. */
  canEdit?(reply: Reply): boolean
  /** The part of a card that does not fit, as text; empty if everything fits. */
  cardOverflow?(card: Card): string
  /** Resolves when it is this reply's turn, on platforms that send slowly. */
  awaitTurn?(reply: Reply, invocation: Invocation): Promise<void>
  deliver(reply: Reply, invocation: Invocation): Promise<void>
}

/** The replies of one call, in order. */
export interface ReplySource {
  /** The next reply; undefined at the end. Rejects if it could not be recorded. */
  next(): Promise<Reply | undefined>
  /** True if all replies have been taken and none will follow. */
  isDone(): boolean
  /** Resolves when no more replies will come. */
  readonly ended: Promise<unknown>
  /** Stops the source, because replies can no longer be delivered. */
  abandon(outcome: Outcome): void
}

/** One call's replies and how to deliver them. */
export interface DeliveryJob {
  readonly invocation: Invocation
  readonly replies: ReplySource
  readonly transport: Transport
  readonly checkpoints: DeliveryCheckpoints
  /** The slot in the request's acknowledgement, if it has one. */
  readonly ackSlot?: ClaimableSlot | undefined
}

/** Delivers replies. */
export interface Outbox {
  /**
   * Delivers a call's replies in order, retrying each until it arrives. Throws DeliveryError if one never will, StoppedError
   * after `stop`.
   */
  send(job: DeliveryJob): Promise<void>
  /** Stops waiting: undelivered replies stay recorded for the next process. */
  stop(): void
}

/** The outbox was stopped before everything had arrived. */
class StoppedError extends Error {}

/** The outcome of a call whose reply can never be delivered. Rethrows anything else, because that is a bug. */
export function undeliveredOutcome(error: unknown): Outcome {
  if (!(error instanceof DeliveryError)) throw error
  return error.retryAdvice.uninstalled ? 'uninstalled' : 'undeliverable'
}

/** The span attribute with the id that the log and the room's notices have. */
const idName = 'slashroom.invocation'

/** Creates the outbox. `giveUpMs`: how long one reply is retried. */
export function createOutbox({ log, giveUpMs = retryRule.windowMs, onAttempt }: OutboxDeps): Outbox {
  const waits = new Set<() => void>()
  let stopped = false
  const pausedUntil = new Map<string, number>()

  async function send(job: DeliveryJob): Promise<void> {
    const { replies, checkpoints, ackSlot } = job
    try {
      const left = ackSlot ? await rideInAck(ackSlot, job) : []
      const next = async () => left.shift() ?? (await replies.next())
      for (let reply = await next(); reply; reply = await next()) {
        await deliverWithRetry(reply, job)
        await checkpoints.sent(left.length === 0 && replies.isDone())
      }
    } catch (error) {
      // After a stop, the next process delivers the replies, so the run goes on and they are recorded.
      if (!(error instanceof StoppedError)) replies.abandon('undeliverable')
      throw error
    }
  }

  /** Delivers all replies in the acknowledgement if they come soon enough. Returns those that are left. */
  async function rideInAck(
    ackSlot: ClaimableSlot,
    { invocation, replies, checkpoints }: DeliveryJob,
  ): Promise<Reply[]> {
    const first = await replies.next()
    const inTime = replies.ended.then(() => true)
    if (first && !(await Promise.race([inTime, ackSlot.closed.then(() => false)]))) return [first]
    const all = first ? [first, ...(await takeAll(replies))] : []
    if (!ackSlot.claim(...all)) return all
    if (all.length > 0) await checkpoints.sending()
    const began = performance.now()
    const about = { [idName]: invocation.id, inAck: true }
    if (!(await inSpan('slashroom.deliver', about, () => ackSlot.handOver()))) {
      if (all.length > 0) await checkpoints.unsent()
      return all
    }
    for (const [index] of all.entries()) {
      onAttempt?.('delivered', invocation, performance.now() - began)
      await checkpoints.sent(index === all.length - 1)
    }
    return []
  }

  /** Tries one reply until it arrives. Throws DeliveryError if it never will, StoppedError after `stop`. */
  async function deliverWithRetry(reply: Reply, { invocation, transport, checkpoints }: DeliveryJob): Promise<void> {
    const lane = `${invocation.platform}/${invocation.installation}`
    const started = performance.now()
    for (let attempt = 0; ; attempt++) {
      const held = heldFor(lane)
      if (held > 0) await pause(held)
      // A reply that waits for its turn does not count as being sent, so the next process can send it.
      await transport.awaitTurn?.(reply, invocation)
      await checkpoints.sending()
      const began = performance.now()
      try {
        await inSpan('slashroom.deliver', { [idName]: invocation.id, attempt: attempt + 1 }, () =>
          transport.deliver(reply, invocation),
        )
        onAttempt?.('delivered', invocation, performance.now() - began)
        return
      } catch (error) {
        const failure = asDeliveryError(error)
        const { retry, installationWide } = failure.retryAdvice
        const pauseMs = nextPauseMs(failure.retryAdvice, attempt, performance.now() - started, { windowMs: giveUpMs })
        const facts = {
          invocation: invocation.id,
          platform: invocation.platform,
          attempt: attempt + 1,
          error: failure.message,
        }
        if (pauseMs === undefined) {
          onAttempt?.('refused', invocation, performance.now() - began)
          log.error(facts, retry ? 'gave up on a reply: it could not be delivered in time' : 'reply refused')
          throw new DeliveryError(failure.message, { ...failure.retryAdvice, retry: false }, { cause: error })
        }
        onAttempt?.('retried', invocation, performance.now() - began)
        log[attempt === 0 ? 'warn' : 'debug'](facts, 'reply not delivered yet: it will be tried again')
        if (installationWide) holdLane(lane, performance.now() + pauseMs)
        await checkpoints.unsent()
        await pause(pauseMs)
      }
    }
  }

  function heldFor(lane: string): number {
    if (pausedUntil.size === 0) return 0
    const ms = (pausedUntil.get(lane) ?? 0) - performance.now()
    if (ms <= 0) pausedUntil.delete(lane)
    return ms
  }

  function holdLane(lane: string, until: number): void {
    pausedUntil.set(lane, Math.max(until, pausedUntil.get(lane) ?? 0))
  }

  /** After `stop`, replies that can be sent immediately still are; those that would have to wait are not. */
  function pause(ms: number): Promise<void> {
    if (stopped) return Promise.reject(new StoppedError('the outbox is stopped'))
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        reject(new StoppedError('the outbox is stopped'))
      }
      const timer = setTimeout(() => {
        waits.delete(stop)
        resolve()
      }, ms)
      waits.add(stop)
    })
  }

  return {
    send,
    stop() {
      stopped = true
      for (const stop of waits) stop()
      waits.clear()
    },
  }
}

/** The remaining replies of an ended call. */
async function takeAll(replies: ReplySource): Promise<readonly Reply[]> {
  const all: Reply[] = []
  for (let reply = await replies.next(); reply; reply = await replies.next()) all.push(reply)
  return all
}

interface OutboxDeps {
  readonly log: Logger
  readonly giveUpMs?: number
  /** Called for each attempt with its duration in milliseconds, for metrics. */
  readonly onAttempt?: (result: 'delivered' | 'retried' | 'refused', invocation: Invocation, ms: number) => void
}
