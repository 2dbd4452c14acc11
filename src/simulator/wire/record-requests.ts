import type { Context, Middleware } from 'koa'
import { tokenIn } from '../api/scope-guard.js'
import type { Fault } from '../faults.js'
import type { Clients } from '../world/clients.js'
import { type Exchange, plainHeaders } from './exchange.js'
import { maskBody, maskHeaders, maskUrl } from './mask.js'
import type { WireLog } from './wire-log.js'

/** Records each API request with the webhook that it belongs to, without credentials. */
export function recordRequests({ wire, clients }: { readonly wire: WireLog; readonly clients: Clients }): Middleware {
  return async (ctx, next) => {
    const [at, since] = [Date.now(), performance.now()]
    const caller = callerOf(ctx, clients) // before the request revokes its own token
    try {
      await next()
    } finally {
      wire.requested(caller, exchangeOf(ctx, Math.round(performance.now() - since)), at)
    }
  }
}

function callerOf(ctx: Context, clients: Clients): string | undefined {
  const token = tokenIn(ctx)
  if (token !== undefined) return clients.token(token)?.oauthId
  const [, basic] = /^Basic +([\w+/=-]+)$/i.exec(ctx.get('authorization')) ?? []
  return basic && Buffer.from(basic, 'base64').toString().split(':', 1)[0]
}

function exchangeOf(ctx: Context, ms: number): Exchange {
  const fault = ctx.state['fault'] as Fault | undefined
  const answer = {
    status: ctx.status,
    headers: maskHeaders(plainHeaders(ctx.response.headers)),
    body: maskBody(textOf(ctx.body)),
  }
  return {
    method: ctx.method,
    url: maskUrl(ctx.href),
    headers: maskHeaders(plainHeaders(ctx.headers)),
    body: maskBody(bodyOf(ctx)),
    ms,
    ...(ctx.respond === false ? { error: 'the answer was broken off, or never came' } : { answer }),
    ...(fault ? { fault } : {}),
  }
}

function bodyOf(ctx: Context): string {
  return typeof ctx.request.rawBody === 'string' ? ctx.request.rawBody : ''
}

function textOf(body: unknown): string {
  if (body === undefined || body === null) return ''
  if (typeof body === 'string') return body
  return Buffer.isBuffer(body) ? `[${body.length} bytes]` : JSON.stringify(body)
}
