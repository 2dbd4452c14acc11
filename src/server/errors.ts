import { STATUS_CODES } from 'node:http'
import type { Context } from 'koa'
import { HttpError, isBotError, UnavailableError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { stackOf } from '../shared/error-details.js'
import { closeWithAnswer } from './lingering-close.js'
import { createRateLimitedWarn } from './rate-limited-log.js'

/**
 * Answers errors as problem+json (RFC 9457): no stack, no secret, and no reason for a failed authentication. `path` is
 * safe to log: below the base path and without secrets.
 */
export type ErrorResponder = (ctx: Context, error: unknown, path: string) => void

/** Creates a responder that answers and logs errors. `onUnverified` is called for each request that is not authenticated. */
export function createErrorResponder(
  log: Logger,
  onUnverified?: (reason: string, path: string) => void,
): ErrorResponder {
  const warn = createRateLimitedWarn(log)

  return (ctx, error, path) => {
    const where = { method: ctx.method, path, from: ctx.ip }
    if (isBotError(error, 'unverified')) {
      warn({ ...where, reason: error.message }, 'request refused: not verified')
      onUnverified?.(error.message, path)
      problem(ctx, 401)
    } else if (error instanceof HttpError) {
      warn({ ...where, status: error.status, reason: error.message }, 'request refused')
      problem(ctx, error.status, error.message)
    } else if (error instanceof UnavailableError) {
      warn({ ...where, reason: error.message }, 'request refused: unavailable')
      ctx.set('Retry-After', String(Math.max(1, Math.ceil(error.retryAfter))))
      problem(ctx, 503, error.message)
    } else if (isClientFault(error)) {
      problem(ctx, error.status)
    } else {
      log.error({ ...where, error: stackOf(error) }, 'request failed')
      problem(ctx, 500)
    }
  }
}

/** Koa and its middleware throw client errors (a body too large or malformed) with a 4xx status. */
function isClientFault(error: unknown): error is Error & { readonly status: number } {
  if (!(error instanceof Error) || !('status' in error)) return false
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500
}

/** Writes one problem+json answer. https://www.rfc-editor.org/rfc/rfc9457 */
export function problem(ctx: Context, status: number, detail?: string): void {
  ctx.status = status
  ctx.set('Content-Type', 'application/problem+json') // before the body, see json-response.ts
  ctx.body = problemBody(status, detail)
  // RFC 9110 requires it for every 401. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2
  if (status === 401) ctx.set('WWW-Authenticate', 'Signature realm="slashroom"')
  if (!ctx.req.complete) closeWithAnswer(ctx.req, ctx.res)
}

/** The JSON of a problem. */
export function problemBody(status: number, detail?: string): string {
  const title = STATUS_CODES[status] ?? 'Error'
  return JSON.stringify({ type: 'about:blank', title, status, ...(detail ? { detail } : {}) })
}
