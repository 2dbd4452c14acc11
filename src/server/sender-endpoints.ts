import type { Context } from 'koa'
import { HttpError, isBotError, type UnavailableError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import type { Endpoint, Notifier, Refusal, SenderAnswer, SenderRequest } from '../notify/endpoint.js'
import { createEndpointTable, type EndpointMatch } from '../notify/endpoint-table.js'
import { maskTokens } from '../notify/mask-tokens.js'
import { RefusedError } from '../notify/refusal.js'
import { stackOf } from '../shared/error-details.js'
import type { BodyBudget } from './body-budget.js'
import { closeWithAnswer } from './lingering-close.js'
import { createRateLimitedWarn } from './rate-limited-log.js'

/** What serving senders needs. */
export interface SenderEndpointsDeps {
  /** If left out, there are no addresses for senders. */
  readonly notifications?: { readonly endpoints: readonly Endpoint[]; readonly notifier: Notifier } | undefined
  /** Whether another application answers what the bot does not. */
  readonly isMounted?: boolean | undefined
  /** The bot's address, for links in answers. */
  readonly baseUrl?: string | undefined
  readonly bodies: BodyBudget
  readonly log: Logger
  /** Called for each request whose token is missing or wrong. */
  readonly onUnverified?: ((reason: string, path: string) => void) | undefined
}

/** Serves the addresses that senders post to. Resolves with false for any other path. Never rejects. */
export type ServeSender = (ctx: Context, path: string) => Promise<boolean> | false

/** Creates it. Paths may contain tokens, so the log has the endpoint's pattern instead. */
export function createSenderEndpoints(deps: SenderEndpointsDeps): ServeSender {
  if (!deps.notifications) return () => false
  const { notifier, endpoints } = deps.notifications
  const table = createEndpointTable(endpoints.filter(({ isYielded }) => !(isYielded && deps.isMounted)))
  const warn = createRateLimitedWarn(deps.log)

  async function serve(ctx: Context, path: string, { endpoint, params }: EndpointMatch): Promise<void> {
    try {
      const held = deps.bodies.read(ctx.req, largestPost)
      try {
        const request = { ...toSenderRequest(ctx, path, await held.bytes), baseUrl: deps.baseUrl }
        const given = await endpoint.enter(request, params, notifier)
        const warning = given.headers?.['slashroom-warning']
        if (warning) warn({ method: ctx.method, endpoint: endpoint.path, warning }, 'posted, but not all of it')
        answer(ctx, given)
      } finally {
        deps.bodies.release(held)
      }
    } catch (error) {
      const refusal = presentable(toRefusal(error))
      report(ctx, endpoint, refusal, error)
      answer(ctx, endpoint.refuse(refusal))
    }
  }

  function report(
    { method, ip }: Context,
    { path }: Endpoint,
    { status, reason, message }: Refusal,
    error: unknown,
  ): void {
    const facts = { method, endpoint: path, from: ip, status }
    if (status === 500) deps.log.error({ ...facts, error: stackOf(error) }, 'post failed')
    else warn({ ...facts, reason: message }, 'post refused')
    if (reason === 'invalid-token') deps.onUnverified?.(message, path)
  }

  return (ctx, given) => {
    const path = table.normalize(given)
    if (path === undefined) return false
    const matches = table.match(path)
    if (matches.length === 0) return false
    const match = matches.find(({ endpoint }) => endpoint.methods.includes(ctx.method))
    if (match) return serve(ctx, path, match).then(() => true)
    refuseMethod(ctx, matches)
    return Promise.resolve(true)
  }
}

function refuseMethod(ctx: Context, matches: readonly EndpointMatch[]): void {
  const methods = [...new Set(matches.flatMap(({ endpoint }) => endpoint.methods))].join(', ')
  const [{ endpoint } = { endpoint: undefined }] = matches
  const error = new HttpError(`Only ${methods} is allowed here.`, 405)
  if (ctx.method === 'OPTIONS') ctx.status = 204
  else if (endpoint) answer(ctx, endpoint.refuse(toRefusal(error)))
  ctx.set('Allow', methods)
}

/** Many times the size of HipChat's largest card. */
const largestPost = 1_048_576

function toSenderRequest(ctx: Context, path: string, body: Buffer): SenderRequest {
  return { method: ctx.method, path, query: new URLSearchParams(ctx.querystring), headers: ctx.headers, body }
}

/** What the sender is told of an error: no stack, no secret, and no details if the fault is the bot's own. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof RefusedError) return error
  if (error instanceof HttpError) {
    const reason = error.status === 413 ? 'too-large' : 'invalid-payload'
    return { message: error.message, reason, status: error.status, headers: {} }
  }
  if (isBotError(error, 'unavailable')) {
    const { message, retryAfter } = error as UnavailableError
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }
    return { message, reason: 'unavailable', status: 503, headers }
  }
  return { message: 'The bot failed to accept the post.', reason: 'failed', status: 500, headers: {} }
}

/** The message may quote the sender: shortened, and without tokens. */
function presentable({ message, ...rest }: Refusal): Refusal {
  const masked = maskTokens(message)
  return { ...rest, message: masked.length > longestMessage ? `${masked.slice(0, longestMessage)}…` : masked }
}

/** Enough for a conflict, which lists ten rooms. */
const longestMessage = 2_000

function answer(ctx: Context, { status, headers = {}, body }: SenderAnswer): void {
  ctx.body = body ?? null
  ctx.status = status
  if (body === undefined) ctx.remove('Content-Type')
  ctx.set(headers)
  if (!ctx.req.complete) closeWithAnswer(ctx.req, ctx.res)
}
