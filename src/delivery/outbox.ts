import { DeliveryError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Card, Outcome, Reply } from '../model/reply.js'
import { inSpan } from '../shared/tracing.js'
import type { ClaimableSlot } from './ack-slot.js'
import { asDeliveryError, nextPauseMs, retryRule } from './retry-rule.js'

/** Where the outbox marks how far it came; each promise resolves when the mark would survive a crash. */
export interface DeliveryCheckpoints {
  record(reply: Reply): Promise<void>
  sending(): Promise<void>
  unsent(): Promise<void>
  /** With `last` the run has ended and nothing more will come: what closes the call follows at once, and keeps this mark too. */
  sent(last?: boolean): Promise<void>
  end(outcome: Outcome): Promise<void>
}

/** The platform's end of the way out. */
export interface Transport {
  readonly maxTextLength: number
  /** Whether a later reply of the same name can take this one's place there; left out, it always can. */
  canEdit?(reply: Reply): boolean
  /** What of a card has no room in it there, as text; empty where all of it has. */
  cardOverflow?(card: Card): string
  /** Resolves when this reply is next there, where replies go slowly one after another. */
  awaitTurn?(reply: Reply, invocation: Invocation): Promise<void>
  deliver(reply: Reply, invocation: Invocation): Promise<void>
}

/** Where replies come from, in order. */
export interface ReplySource {
  /** The next reply; undefined when there will be none. Rejects where it could not be recorded. */
  next(): Promise<Reply | undefined>
  /** True where everything has been taken and nothing more will come. */
  isDone(): boolean
  /** Resolves when nothing more will come. */
  readonly ended: Promise<unknown>
  /** No more replies can be delivered. */
  abandon(outcome: Outcome): void
}

/** What one call says, and by which way. */
export interface DeliveryJob {
  readonly invocation: Invocation
  readonly replies: ReplySource
  readonly transport: Transport
  readonly checkpoints: DeliveryCheckpoints
  /** Where all that it says may ride in the acknowledgement of its request. */
  readonly ackSlot?: ClaimableSlot | undefined
}

/** Replies on their way out. */
export interface Outbox {
  /**
   * Delivers a call's replies in order, each until it has arrived. Throws DeliveryError where one never will, StoppedError
   * when there is no time left.
   */
  send(job: DeliveryJob): Promise<void>
  /** Gives up waiting: what has not arrived stays recorded for the next process. */
  stop(): void
}

/** The outbox was stopped before everything had arrived. */
class StoppedError extends Error {}

/** How a call ends of which a reply can never be delivered. Throws what else went wrong: that is a fault of ours. */
export function undeliveredOutcome(error: unknown): Outcome {
  if (!(error instanceof DeliveryError)) throw error
  return error.retryAdvice.uninstalled ? 'uninstalled' : 'undeliverable'
}

/** Under this name a span carries the id that the log and the room's notices have too. */
const idName = 'slashroom.invocation'

/** Creates the outbox. `giveUpMs`: how long one reply is tried; as the retry rule has it if left out. */
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
      // What is stopped is left to the next process, whole: the run goes on to be recorded.
      if (!(error instanceof StoppedError)) replies.abandon('undeliverable')
      throw error
    }
  }

  /** Hands over in the acknowledgement all that the call says, where that is known in time. Gives what is left to deliver. */
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

  /** Tries one reply until it arrives. Throws DeliveryError when it never will, StoppedError when there is no time left. */
  async function deliverWithRetry(reply: Reply, { invocation, transport, checkpoints }: DeliveryJob): Promise<void> {
    const lane = `${invocation.platform}/${invocation.installation}`
    const started = performance.now()
    for (let attempt = 0; ; attempt++) {
      const held = heldFor(lane)
      if (held > 0) await pause(held)
      // What still waits for its turn is not on its way: whoever comes after this process sends it.
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
          log.error(facts, retry ? 'reply given up: it could not be delivered in time' : 'reply refused for good')
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

  /** After `stop`, replies that can be sent at once still are; those that would have to wait are left. */
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

/** What is left of replies that have ended. */
async function takeAll(replies: ReplySource): Promise<readonly Reply[]> {
  const all: Reply[] = []
  for (let reply = await replies.next(); reply; reply = await replies.next()) all.push(reply)
  return all
}

interface OutboxDeps {
  readonly log: Logger
  readonly giveUpMs?: number
  /** Told of every attempt, and of the milliseconds that it took; for figures. */
  readonly onAttempt?: (result: 'delivered' | 'retried' | 'refused', invocation: Invocation, ms: number) => void
}
