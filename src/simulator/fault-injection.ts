import { setTimeout as wait } from 'node:timers/promises'
import type { Context, Middleware } from 'koa'
import { envelope } from './errors.js'
import type { Fault, Faults, FaultTarget } from './faults.js'

/** Injects faults before or after a request to the API is served. */
export function injectFaults(faults: Faults): Middleware {
  return async (ctx, next) => {
    const fault = faults.next(targetOf(ctx.method, ctx.path))
    if (!fault) return next()
    ctx.state['fault'] = fault
    if (fault.kind === 'delay') {
      await wait(fault.delayMs ?? 1000)
      return next()
    }
    if (fault.kind === 'lost') {
      await next()
      return breakOff(ctx)
    }
    fail(ctx, fault)
  }
}

/** The kind of request at an address. */
function targetOf(method: string, path: string): FaultTarget {
  if (path === '/v2/capabilities') return 'capabilities'
  if (path.startsWith('/v2/oauth/')) return 'token'
  if (method === 'POST' && path.endsWith('/notification')) return 'notification'
  if (/\/(extension\/webhook|webhook)(\/|$)/.test(path)) return 'webhook'
  if (path.startsWith('/v2/user')) return 'user'
  return 'room'
}

function fail(ctx: Context, { kind, status = 500 }: Fault): void {
  if (kind === 'reset') {
    breakOff(ctx)
    return
  }
  if (kind === 'dead' || kind === 'hang') {
    ctx.respond = false
    if (kind === 'dead') ctx.req.socket.resetAndDestroy()
    return
  }
  ctx.status = kind === 'refuse' ? 401 : status
  if (ctx.status === 429) {
    ctx.set('X-Ratelimit-Remaining', '0')
    ctx.set('X-Ratelimit-Reset', String(Math.floor(Date.now() / 1000) + 2))
  }
  ctx.body = envelope(ctx.status, messages[ctx.status] ?? 'The simulator was told to answer this')
}

const messages: Readonly<Record<number, string>> = {
  401: 'Invalid OAuth session',
  429: 'Rate Limit exceeded',
  503: 'Service temporarily unavailable',
}

/** Announces a body, sends part of it and resets the connection. */
function breakOff(ctx: Context): void {
  ctx.respond = false
  ctx.res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  ctx.res.write('{"', () => ctx.req.socket.resetAndDestroy())
}
