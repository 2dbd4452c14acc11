import type { RouterContext } from '@koa/router'
import type { Middleware } from 'koa'
import { ApiError, envelope } from '../errors.js'
import { type Allowance, createCounter, type Limits } from './rate-limits.js'
import { tokenIn } from './scope-guard.js'

/** The conventions of the REST API: doubled slashes, headers on every answer, errors in one format. */
export function createRestConventions(limits: Limits, clock: () => number) {
  const requests = createCounter(limits.requests, limits.requestSeconds, clock)
  const messages = createCounter(limits.messages, limits.messageSeconds, clock)

  const errors: Middleware = async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new ApiError(404, 'Not found')
      if (ctx.status === 405) throw new ApiError(405, `Method ${ctx.method} is not allowed here`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      ctx.status = error.status
      ctx.body = envelope(error.status, error.message, error.more)
    }
  }

  const headers: Middleware = async (ctx, next) => {
    ctx.set({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': exposed,
      'X-Content-Type-Options': 'nosniff',
    })
    const allowance = requests.count(tokenIn(ctx) ?? 'nobody')
    ctx.set(headersOf('X-Ratelimit', allowance))
    ctx.set(headersOf('X-FloodControl', messages.count('nobody', 0)))
    if (allowance.over) throw new ApiError(429, 'Rate Limit exceeded')
    await next()
  }

  return {
    middleware: [errors, headers] as const,

    /** Counts a message against a room's flood control. */
    flood(ctx: RouterContext, key: string): void {
      const allowance = messages.count(key)
      ctx.set(headersOf('X-FloodControl', allowance))
      if (allowance.over) throw new ApiError(429, 'Rate Limit exceeded')
    },
  }
}

/** Treats doubled slashes as one, because many clients join addresses and paths that both have one. */
export const singleSlashes: Middleware = (ctx, next) => {
  ctx.path = ctx.path.replace(/\/{2,}/g, '/')
  return next()
}

const exposed = 'Date, ETag, Link, Location, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset'

function headersOf(name: string, { limit, remaining, reset }: Allowance): Record<string, string> {
  return { [`${name}-Limit`]: `${limit}`, [`${name}-Remaining`]: `${remaining}`, [`${name}-Reset`]: `${reset}` }
}
