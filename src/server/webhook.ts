import type { Context, Middleware } from 'koa'
import type { Journal } from '../journal/journal.js'
import { AuthenticationError, UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Platform, WebhookRequest } from '../platforms/platform.js'
import type { Backpressure } from './backpressure.js'
import { readBody } from './body.js'

/** One webhook's whole journey, up to where it is kept. */
export function webhook({ platform, journal, path, backpressure, onAccepted }: WebhookDeps): Middleware {
  return async (ctx) => {
    if (journal.full()) throw new UnavailableError('Too much is waiting already.', 2)
    const request = await toWebhookRequest(ctx, path)
    backpressure?.enter()
    try {
      await take(request, ctx)
    } finally {
      backpressure?.leave()
    }
  }

  async function take(request: WebhookRequest, ctx: Context): Promise<void> {
    const installation = await platform.verify(request)
    const { ack, invocation } = platform.decode(request, installation)
    if (invocation?.scheduled !== undefined) throw new AuthenticationError('it says that a schedule typed it')

    const replayToken = platform.proof?.(request)
    const fresh = invocation && (await journal.accept(invocation, replayToken)) // kept, or this throws and nobody is told 2xx
    if (!invocation && replayToken) await journal.recordReplayToken(replayToken)
    if (fresh && invocation) onAccepted?.(invocation, Date.now() - request.receivedAt)

    if (ack.status !== 204) ctx.body = ack.body ?? ''
    ctx.status = ack.status
  }
}

interface WebhookDeps {
  readonly platform: Platform
  readonly journal: Journal
  readonly path: string
  readonly backpressure?: Backpressure | undefined
  /** Told of each new invocation, and of the milliseconds that it took to keep it. */
  readonly onAccepted?: ((invocation: Invocation, ms: number) => void) | undefined
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
