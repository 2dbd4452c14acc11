import { setTimeout as sleep } from 'node:timers/promises'
import { asDeliveryError } from '../delivery/retry-rule.js'
import { DeliveryError, isBotError, type RetryAdvice } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { Reply } from '../model/reply.js'
import { messageOf } from '../shared/error-details.js'
import { isRecord } from '../shared/json.js'
import { randomToken } from '../shared/random-token.js'
import type { Store } from '../stores/store.js'
import type { Lease } from './lease.js'

/** Passes replies through the store to the process that holds the connection. */
export interface Relay {
  /** Resolves once the holder has delivered the reply. Throws DeliveryError if the holder's platform does. */
  send(reply: Reply, invocation: Invocation): Promise<void>
  /** As the holder, delivers the replies of other processes until the signal is aborted. */
  serve(signal: AbortSignal): Promise<void>
}

/**
 * Creates the relay of one platform. Only the process that adds a reply's claim may deliver the reply: the holder, or the
 * sender, which takes it back that way. Each reply has its own key. A single key, the bell, changes when there is a new
 * reply, and only the bell is polled.
 */
export function createRelay(deps: RelayDeps): Relay {
  const { platform, deliver, lease, store, log, patienceMs = 15_000, lookMs = 100 } = deps
  const root = `relay/${platform}`
  const keyOf = { request: (id: string) => `${root}/request/${id}`, claim: (id: string) => `${root}/claim/${id}` }
  const resultOf = (id: string) => `${root}/result/${id}`
  const bell = `${root}/bell`

  async function send(reply: Reply, invocation: Invocation): Promise<void> {
    const id = `${Date.now().toString(36).padStart(10, '0')}-${randomToken(8)}`
    await store.set(keyOf.request(id), { reply, invocation } satisfies Request, { ttlMs: keptMs })
    await store.set(bell, id, { ttlMs: keptMs })
    await settled(id)
  }

  async function settled(id: string): Promise<void> {
    let looksAt = performance.now() + patienceMs
    for (;;) {
      await sleep(lookMs)
      const result = await whereReached(() => store.get(resultOf(id)))
      if (isRecord(result)) return await conclude(id, result as unknown as Result)
      if (performance.now() < looksAt) continue
      looksAt = performance.now() + lookAgainMs
      const why = await whereReached(() => takeBack(id))
      if (why) throw new DeliveryError(why, { retry: true })
    }
  }

  async function conclude(id: string, { failure }: Result): Promise<void> {
    await store.delete(resultOf(id)).catch(() => undefined) // it expires anyway
    if (failure) throw new DeliveryError(failure.message, failure.advice)
  }

  /** Why nobody will deliver the reply; undefined if someone is delivering it. */
  async function takeBack(id: string): Promise<string | undefined> {
    const free = await store.add(keyOf.claim(id), 'taken back', { ttlMs: keptMs })
    const gone = free || (await store.get(keyOf.claim(id))) !== (await lease.holder())
    // A process that just lost the lease may have written its result a moment ago.
    if (!gone || (!free && (await store.get(resultOf(id))) !== undefined)) return undefined
    await store.delete(keyOf.request(id))
    return free ? 'no process holds the connection' : 'the process that held the connection is gone'
  }

  async function serve(signal: AbortSignal): Promise<void> {
    const inHand = new Set<string>()
    let [rung, listedAt]: [unknown, number] = [undefined, Number.NEGATIVE_INFINITY]
    while (!signal.aborted) {
      try {
        const now = await store.get(bell)
        if (now !== rung || performance.now() - listedAt > listMs) {
          ;[rung, listedAt] = [now, performance.now()]
          await take(inHand, signal)
        }
      } catch (error) {
        log.debug({ reason: messageOf(error) }, 'the store does not say what others deliver')
        rung = undefined
      }
      await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async function take(inHand: Set<string>, signal: AbortSignal): Promise<void> {
    for await (const [key, value] of store.list(keyOf.request(''))) {
      const id = key.slice(keyOf.request('').length)
      if (signal.aborted || inHand.size >= mostInHand) return
      if (inHand.has(id) || !isRecord(value)) continue
      inHand.add(id)
      void deliverOne(id, value as unknown as Request)
        .catch((error: unknown) =>
          log.warn({ reason: messageOf(error) }, 'delivered for another process, which was not told'),
        )
        .finally(() => inHand.delete(id))
    }
  }

  async function deliverOne(id: string, { reply, invocation }: Request): Promise<void> {
    if (!lease.isHeld() || !(await store.add(keyOf.claim(id), lease.id, { ttlMs: keptMs }))) return
    const result = await deliver(reply, invocation).then(
      (): Result => ({}),
      (error: unknown): Result => {
        const { message, retryAdvice } = asDeliveryError(error)
        return { failure: { message, advice: retryAdvice } }
      },
    )
    // The sender waits for this, so it is written no matter how long the store is unreachable.
    while (
      (await whereReached(() => store.set(resultOf(id), result, { ttlMs: keptMs }).then(() => true))) === undefined
    )
      await sleep(lookMs)
    await store.delete(keyOf.request(id))
  }

  return { send, serve }
}

interface RelayDeps {
  readonly platform: string
  /** The platform's own `deliver`, over the connection. */
  readonly deliver: (reply: Reply, invocation: Invocation) => Promise<void>
  readonly lease: Pick<Lease, 'id' | 'isHeld' | 'holder'>
  readonly store: Store
  readonly log: Logger
  /** How long a reply waits for a holder before it is taken back, so that the outbox can retry. */
  readonly patienceMs?: number
  readonly lookMs?: number
}

/** A reply to deliver. */
interface Request {
  readonly reply: Reply
  readonly invocation: Invocation
}

/** The result of a delivery. */
interface Result {
  readonly failure?: { readonly message: string; readonly advice: RetryAdvice }
}

/** Undefined while the store is unreachable. */
async function whereReached<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (isBotError(error, 'unavailable')) return undefined
    throw error
  }
}

/** Longer than anyone waits. */
const keptMs = 10 * 60_000
const lookAgainMs = 2_000
/** The bell may have been overwritten, or may have expired. */
const listMs = 10_000
const mostInHand = 100
