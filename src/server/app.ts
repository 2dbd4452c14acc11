import Router from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import type { Journal } from '../journal/journal.js'
import type { WorkQueue } from '../journal/work-queue.js'
import type { Logger } from '../model/logger.js'
import type { Endpoint, Notifier } from '../notify/endpoint.js'
import { maskTokens } from '../notify/mask-tokens.js'
import type { Platform } from '../platforms/platform.js'
import { messageOf } from '../shared/error-details.js'
import type { AckPriority } from './ack-priority.js'
import { type BodyBudget, createBodyBudget } from './body-budget.js'
import { createErrorResponder, problem } from './errors.js'
import { type Health, healthRoutes } from './health.js'
import type { Metrics } from './metrics.js'
import { createSenderEndpoints } from './sender-endpoints.js'
import { type Webhook, webhook } from './webhook.js'

/** What the server needs. */
export interface AppDeps {
  readonly platforms: readonly Platform[]
  readonly journal: Journal
  readonly queue: WorkQueue
  readonly health: Health
  /** Counts requests while they are being accepted. If left out, none are counted. */
  readonly ackPriority?: AckPriority
  readonly log: Logger
  /** The path of the bot's address, such as `/bot`: everything is served below it too. */
  readonly basePath?: string
  /** Whether another application answers what the bot does not. */
  readonly isMounted?: boolean
  /** The address that `GET /` redirects to, if any. */
  readonly home?: string
  readonly metrics?: Metrics
  /** The limit on the bodies of all requests together. */
  readonly bodies?: BodyBudget
  /** How long an acknowledgement waits for a quick answer to include, in milliseconds. Default: 0. */
  readonly answerInAckMs?: number
  /** The bot's address, for links in answers. */
  readonly baseUrl?: string
  /** The addresses that senders post to. If left out, there are none. */
  readonly notifications?: { readonly endpoints: readonly Endpoint[]; readonly notifier: Notifier }
}

/** Everything the bot serves, as one middleware. */
export function createApp(deps: AppDeps): Middleware {
  const { platforms, journal, queue, health, ackPriority, log, basePath = '', home, metrics, answerInAckMs } = deps
  const bodies = deps.bodies ?? createBodyBudget()
  const router = new Router()
  healthRoutes(router, health)
  if (home) router.get('/', (ctx) => ctx.redirect(home))
  metrics?.routes(router)
  for (const platform of platforms) platform.routes?.(router)

  // Looked up before the router, because nearly all requests are webhooks.
  const webhookRoutes = new Map<string, WebhookRoute>(
    platforms.flatMap((platform) =>
      platform.webhooks.map((path) => {
        const methods = platform.getWebhooks?.includes(path) ? ['POST', 'GET'] : ['POST']
        const onAccepted = metrics?.accepted
        const enter = webhook({ platform, journal, queue, bodies, ackPriority, answerInAckMs, onAccepted })
        const root = `/${platform.name}`
        return [`${root}${path}`, { root, path, secret: path.endsWith('/*'), methods, enter }] as const
      }),
    ),
  )
  const onUnverified = metrics?.unverified
  const serveSender = createSenderEndpoints({
    notifications: deps.notifications,
    isMounted: deps.isMounted,
    baseUrl: deps.baseUrl,
    bodies,
    log,
    onUnverified,
  })
  const respond = createErrorResponder(log, onUnverified)
  const serveRest = createRouterStep(router, bodies)

  return async (ctx, next) => {
    const path = readPath(ctx, basePath)
    if (path === undefined) return problem(ctx, 400, 'The request target has no path.')
    const route = webhookRoutes.get(path) ?? findRoute(webhookRoutes, path)
    if (health.draining) ctx.set('Connection', 'close') // so that the next request goes to another process
    let ours = true
    try {
      if (route && !route.methods.includes(ctx.method)) refuseMethod(ctx, route.methods)
      else if (route) await route.enter(ctx, route.secret ? path.slice(route.root.length) : route.path)
      else ours = (await serveSender(ctx, path)) || (await serveRest(ctx, path))
    } catch (error) {
      respond(ctx, error, route?.secret ? `${route.root}${route.path}` : path)
    }
    // Not caught: errors of another application's routes are its own to answer.
    if (!ours) await next()
  }
}

/** Serves the router's paths; resolves with false for any other path. */
function createRouterStep(router: Router, bodies: BodyBudget) {
  const routes = router.routes() as unknown as Middleware
  return async (ctx: Context, path: string): Promise<boolean> => {
    let ours = true
    if (path !== ctx.path) ctx['newRouterPath'] = path
    const held = hasBody(ctx) && router.match(path, ctx.method).route ? bodies.reserve(otherBody) : undefined
    try {
      await routes(ctx, async () => {
        delete ctx['newRouterPath'] // another application's router reads it too
        const allowed = router.match(path, ctx.method).path.flatMap(({ methods }) => methods)
        if (allowed.length > 0) refuseMethod(ctx, [...new Set(allowed)])
        else ours = false
      })
    } finally {
      if (held) bodies.release(held)
    }
    return ours
  }
}

/** An application that answers 503 until another replaces it. */
export function createStartingApp(): { readonly middleware: Middleware; replaceBy(app: Middleware): void } {
  let current: Middleware = (ctx) => {
    problem(ctx, 503, 'The bot is starting.')
    ctx.set('Retry-After', '1')
  }
  return {
    middleware: (ctx, next) => current(ctx, next),
    replaceBy(app) {
      current = app
    },
  }
}

/** The largest body of requests that are not webhooks. */
const otherBody = 65_536

function hasBody({ headers }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The route of a webhook. */
interface WebhookRoute {
  readonly methods: readonly string[]
  /** The platform's part of the path, such as `/slack`. */
  readonly root: string
  readonly path: string
  /** Whether it ends in a secret that must not be logged. */
  readonly secret: boolean
  readonly enter: Webhook
}

/** The route of a path with an extra slash, or of one whose last segment is a wildcard. */
function findRoute(routes: ReadonlyMap<string, WebhookRoute>, path: string): WebhookRoute | undefined {
  return routes.get(path.replace(/\/$/, '')) ?? routes.get(path.replace(/[^/]+\/?$/, '*'))
}

/** Undefined for a request target without a path, such as `http://`: Koa's is null, or throws. */
function readPath(ctx: Context, basePath: string): string | undefined {
  try {
    const path: string | null = ctx.path
    return path === null || basePath === '' ? (path ?? undefined) : pathBelow(basePath, path)
  } catch {
    return undefined
  }
}

/** A proxy may strip the base path or keep it. */
function pathBelow(basePath: string, path: string): string {
  if (path !== basePath && !path.startsWith(`${basePath}/`)) return path
  return path.slice(basePath.length) || '/'
}

function refuseMethod(ctx: Context, allowed: readonly string[]): void {
  if (ctx.method === 'OPTIONS') ctx.status = 204
  else problem(ctx, 405, `Only ${allowed.join(', ')} is allowed here.`)
  ctx.set('Allow', allowed.join(', '))
}

/** A Koa application of the bot's own around its middleware. */
export function createKoa(middleware: Middleware, log: Logger): Koa {
  const koa = new Koa()
  koa.use(requireHost)
  koa.use(middleware)
  koa.use((ctx) => problem(ctx, 404, `There is nothing at ${maskTokens(ctx.path)}.`))
  // Errors of a connection, not of a request: no client is left to answer.
  koa.on('error', (error: unknown) => {
    log.debug({ error: messageOf(error) }, 'connection fault')
  })
  return koa
}

/** Refuses what Node.js would refuse without a body, see listen.ts. https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function requireHost(ctx: Context, next: () => Promise<unknown>): unknown {
  if (ctx.headers.host !== undefined || ctx.req.httpVersion !== '1.1') return next()
  problem(ctx, 400, 'The request has no Host header.')
  ctx.set('Connection', 'close')
}
