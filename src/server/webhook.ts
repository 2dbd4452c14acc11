import type { IncomingMessage } from 'node:http'
import type { Context, Middleware } from 'koa'
import { type AckSlot, createAckSlot } from '../delivery/ack-slot.js'
import type { Journal, JournalEntry } from '../journal/journal.js'
import type { WorkQueue } from '../journal/work-queue.js'
import { AuthenticationError, HttpError, UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay-token.js'
import type { Ack, Platform, Verified, WebhookRequest } from '../platforms/platform.js'
import type { StartGate } from './start-gate.js'

/** Handles one webhook, from the socket to the acknowledgement. */
export function webhook(deps: WebhookDeps): Middleware {
  const { queue, path, startGate } = deps
  return async (ctx) => {
    queue.assertOpen()
    const request = await toWebhookRequest(ctx, path)
    if (startGate) startGate.arriving++
    try {
      await take(request, ctx, deps)
    } finally {
      if (startGate) startGate.arriving--
    }
  }
}

interface WebhookDeps extends Intake {
  readonly platform: Platform
  readonly path: string
  readonly startGate?: StartGate | undefined
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

async function take(request: WebhookRequest, ctx: Context, deps: WebhookDeps): Promise<void> {
  const { platform, journal, onAccepted } = deps
  const verified = await platform.verify(request)
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
function createSlot(verified: Verified, { platform, startGate, answerInAckMs = 0 }: WebhookDeps) {
  if (!platform.answer || answerInAckMs === 0 || startGate?.whenIdle) return undefined
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

async function toWebhookRequest(ctx: Context, path: string): Promise<WebhookRequest> {
  return {
    method: ctx.method,
    path,
    query: ctx.querystring === '' ? noQuery : new URLSearchParams(ctx.querystring),
    headers: ctx.headers,
    body: await readBody(ctx.req, largestBody),
    receivedAt: Date.now(),
  }
}

const noQuery = new URLSearchParams()

/** HipChat's longest message is 32 KiB of text; a mebibyte leaves room for every escape and mention. */
const largestBody = 1_048_576

/** Reads the raw bytes of a request, `limit` at most. Throws HttpError 413, or 400 if the sender disconnected. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  // It would be waited for without end.
  if (request.readableEnded) throw new Error('The body was read before: mount the bot before what parses bodies.')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        request.pause()
        reject(tooLarge(limit))
      }
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)))
    request.on('error', (error) => reject(new HttpError('The body broke off.', 400, { cause: error })))
    request.on('aborted', () => reject(new HttpError('The body broke off.', 400)))
  })
}

function tooLarge(limit: number): HttpError {
  return new HttpError(`The body is larger than ${limit} bytes.`, 413)
}
