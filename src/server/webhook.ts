import type { ServerResponse } from 'node:http'
import type { Context } from 'koa'
import type { AckSlot } from '../delivery/ack-slot.js'
import { type AcceptDeps, type Accepted, acceptVerified } from '../pipeline/accept.js'
import type { Ack, WebhookHead } from '../platforms/platform.js'
import type { AckPriority } from './ack-priority.js'
import type { BodyBudget } from './body-budget.js'

/** Handles one webhook, from the socket to the acknowledgement. */
export function webhook(deps: WebhookDeps): Webhook {
  const { platform, queue, ackPriority, bodies } = deps
  return async (ctx, path) => {
    const head = toWebhookHead(ctx, path)
    queue.assertOpen()
    platform.verifyHead?.(head)
    const held = bodies.read(ctx.req, largestBody)
    let taken: Accepted
    try {
      const body = await held.bytes
      if (ackPriority) ackPriority.arriving++
      try {
        taken = await take(head, body, deps)
      } finally {
        if (ackPriority) ackPriority.arriving--
      }
    } finally {
      bodies.release(held)
    }
    await answer(ctx, taken)
  }
}

/** Handles one webhook and answers it. `path` is relative to the platform's name. */
export type Webhook = (ctx: Context, path: string) => Promise<void>

interface WebhookDeps extends AcceptDeps {
  readonly bodies: BodyBudget
  readonly ackPriority?: AckPriority | undefined
}

async function take(head: WebhookHead, body: Buffer, deps: WebhookDeps): Promise<Accepted> {
  const { method, path, query, headers, peer } = head
  const verified = await deps.platform.verify({ method, path, query, headers, peer, body, receivedAt: Date.now() })
  return await acceptVerified(verified, deps)
}

async function answer(ctx: Context, { ack, ackSlot, inAck }: Accepted): Promise<void> {
  const given = await inAck
  if (given && ackSlot) settleWhenSent(ctx.res, given, ackSlot)
  respond(ctx, given ?? ack)
}

/** Tells the slot whether the socket took the whole ack. */
function settleWhenSent(response: ServerResponse, { status }: Ack, { settle }: AckSlot<Ack>): void {
  const { socket } = response
  const isBroken = () => !socket || socket.destroyed || socket.errored !== null
  if (response.closed || isBroken()) settle(false) // too late for the events below
  const lost = () => settle(false)
  response.once('close', lost).once('finish', () => {
    response.off('close', lost)
    // Node.js reports a response that broke midway as finished, and another middleware may have answered instead.
    settle(!isBroken() && response.statusCode === status)
  })
}

function respond(ctx: Context, ack: Ack): void {
  const { status, body = '' } = ack
  if (status !== 204) {
    const isText = typeof body === 'string'
    ctx.set('Content-Type', `${isText ? 'text/plain' : 'application/json'}; charset=utf-8`) // first, see json-response.ts
    ctx.body = isText ? body : JSON.stringify(body)
  }
  ctx.status = status
}

function toWebhookHead(ctx: Context, path: string): WebhookHead {
  return {
    method: ctx.method,
    path,
    query: ctx.querystring === '' ? noQuery : new URLSearchParams(ctx.querystring),
    headers: ctx.headers,
    peer: ctx.req.socket.remoteAddress,
  }
}

const noQuery = new URLSearchParams()

/** HipChat's longest message is 32 KiB of text; a mebibyte leaves room for every escape and mention. */
const largestBody = 1_048_576
