import type { Context, Middleware } from 'koa'
import { type AckSlot, createAckSlot } from '../delivery/ack-slot.js'
import type { Journal, JournalEntry } from '../journal/journal.js'
import type { WorkQueue } from '../journal/work-queue.js'
import { AuthenticationError, UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Ack, Platform, Verified, WebhookHead } from '../platforms/platform.js'
import type { AckPriority } from './ack-priority.js'
import { assertUnread, type BodyBudget } from './body-budget.js'

/** Handles one webhook, from the socket to the acknowledgement. */
export function webhook(deps: WebhookDeps): Middleware {
  const { platform, queue, path, ackPriority, bodies } = deps
  return async (ctx) => {
    queue.assertOpen()
    assertUnread(ctx.req)
    const head = toWebhookHead(ctx, path)
    platform.verifyHead?.(head)
    const held = bodies.read(ctx.req, largestBody)
    try {
      const body = await held.bytes
      if (ackPriority) ackPriority.arriving++
      try {
        await take(head, body, ctx, deps)
      } finally {
        if (ackPriority) ackPriority.arriving--
      }
    } finally {
      bodies.release(held)
    }
  }
}

interface WebhookDeps extends Intake {
  readonly platform: Platform
  readonly path: string
  readonly bodies: BodyBudget
  readonly ackPriority?: AckPriority | undefined
  /** How long an acknowledgement waits for an answer that may ride in it, in milliseconds; not at all if left out. */
  readonly answerInAckMs?: number | undefined
  /** Called for each new invocation, with the milliseconds that it took to store it. */
  readonly onAccepted?: ((invocation: Invocation, ms: number) => void) | undefined
}

/** What takes invocations in. */
export interface Intake {
  readonly journal: Journal
  readonly queue: WorkQueue
  /** What becomes of what is over its share: left out, its caller is told; `retry` throws UnavailableError. */
  readonly whenOver?: 'retry'
}

async function take(head: WebhookHead, body: Buffer, ctx: Context, deps: WebhookDeps): Promise<void> {
  const { platform, journal, onAccepted } = deps
  const { method, path, query, headers } = head
  const verified = await platform.verify({ method, path, query, headers, body, receivedAt: Date.now() })
  const { ack, invocation } = platform.decode(verified)
  if (invocation?.scheduled !== undefined) throw new AuthenticationError('the request claims to be scheduled')

  const { replayToken, receivedAt } = verified
  if (!invocation) {
    if (replayToken) await journal.recordReplayToken(replayToken)
    return respond(ctx, ack)
  }
  const ackSlot = createSlot(verified, deps)
  const entry = await accept(invocation, deps, replayToken, ackSlot)
  if (entry) onAccepted?.(invocation, Date.now() - receivedAt)
  const answer = entry && (await ackSlot?.wait(deps.answerInAckMs ?? 0))
  if (answer) ctx.res.once('finish', () => ackSlot?.settle(true)).once('close', () => ackSlot?.settle(false))
  if (ctx.res.closed || ctx.res.socket?.destroyed) ackSlot?.settle(false) // too late to hear of it
  respond(ctx, answer ?? ack)
}

/** The place for an answer that comes soon; none where nobody has time to wait for one. */
function createSlot(verified: Verified, { platform, ackPriority, answerInAckMs = 0 }: WebhookDeps) {
  if (!platform.answer || answerInAckMs === 0 || ackPriority?.whenIdle) return undefined
  return createAckSlot((reply) => platform.answer?.(reply, verified))
}

/**
 * Journals an invocation and queues it. Resolves with its entry if it is new. Throws UnavailableError if it was not
 * stored: then the response is not 2xx.
 */
export async function accept(
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

function respond(ctx: Context, ack: Ack): void {
  if (ack.status !== 204) ctx.body = ack.body ?? ''
  ctx.status = ack.status
}

function toWebhookHead(ctx: Context, path: string): WebhookHead {
  return {
    method: ctx.method,
    path,
    query: ctx.querystring === '' ? noQuery : new URLSearchParams(ctx.querystring),
    headers: ctx.headers,
  }
}

const noQuery = new URLSearchParams()

/** HipChat's longest message is 32 KiB of text; a mebibyte leaves room for every escape and mention. */
const largestBody = 1_048_576
