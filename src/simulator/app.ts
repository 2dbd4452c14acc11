import { Router } from '@koa/router'
import Koa from 'koa'
import type { Logger } from '../model/logger.js'
import { codeOf } from '../shared/error-details.js'
import { playgroundRoutes } from './admin/playground.js'
import { problems } from './admin/problem-json.js'
import { type AdminDeps, adminRoutes } from './admin/routes.js'
import { emoticonRoutes } from './api/emoticons.js'
import { extensionRoutes } from './api/extensions.js'
import { fileRoutes } from './api/files.js'
import { messageRoutes } from './api/messages.js'
import { oauthRoutes } from './api/oauth.js'
import { authorize } from './api/oauth-authorize.js'
import { pictureRoutes } from './api/pictures.js'
import { generousLimits, type Limits } from './api/rate-limits.js'
import type { RestDeps } from './api/rest-deps.js'
import { createRestConventions, singleSlashes } from './api/rest-middleware.js'
import { roomRoutes } from './api/rooms.js'
import { createGuardedRoute } from './api/scope-guard.js'
import { userRoutes } from './api/users.js'
import { webhookRoutes } from './api/webhooks.js'
import { injectFaults } from './fault-injection.js'
import { nameOf, originGuard } from './origin-guard.js'
import { servePage } from './page.js'
import type { Playground } from './playground.js'
import { readBody } from './read-body.js'
import { recordRequests } from './wire/record-requests.js'
import { capabilities } from './world/capabilities.js'

/** What the server's middleware needs. */
export interface AppDeps extends AdminDeps, Omit<RestDeps, 'route' | 'flood'> {
  readonly base: () => string
  readonly host: string
  readonly clock: () => number
  readonly log: Logger
  readonly limits: Partial<Limits> | undefined
  readonly playground: Playground | undefined
}

/** The room page, the REST API with its conventions and faults, the pages for installing, and the simulator's own API. */
export function createApp(deps: AppDeps): Koa {
  const { base, host, clock, log, limits, faults } = deps
  const { middleware: conventions, flood } = createRestConventions({ ...generousLimits, ...limits }, clock)
  const app = new Koa()
  app.on('error', (error: unknown) => {
    if (!isCallersOwn(error)) log.error({ err: error }, 'the simulator failed')
  })
  app.use(originGuard(() => ['localhost', '127.0.0.1', '::1', nameOf(new URL(base()).host), nameOf(host)]))
  app.use(singleSlashes)
  app.use(servePage())
  const parse = readBody()
  app.use((ctx, next) => (isApi(ctx.path) ? next() : problems(ctx, () => parse(ctx, next))))
  // Read before any fault is injected, so that the request is shown anyway.
  const conditions = [recordRequests(deps), ...conventions, parse, injectFaults(faults)]
  for (const middleware of conditions) app.use(underApi(middleware))
  for (const router of [
    restRoutes({ ...deps, flood }),
    browserRoutes(deps),
    adminRoutes(deps),
    playgroundRoutes(deps),
  ]) {
    app.use(router.routes()).use(router.allowedMethods())
  }
  return app
}

function restRoutes(deps: Omit<RestDeps, 'route'> & Pick<AppDeps, 'base'>): Router {
  const router = new Router()
  router.get('/v2/capabilities', (ctx) => {
    ctx.body = capabilities(deps.base())
  })
  oauthRoutes(router, deps)
  const methods = { ...deps, route: createGuardedRoute(router, deps) }
  for (const add of [
    messageRoutes,
    webhookRoutes,
    roomRoutes,
    userRoutes,
    pictureRoutes,
    extensionRoutes,
    emoticonRoutes,
  ])
    add(methods)
  fileRoutes(methods, router)
  return router
}

function browserRoutes(deps: Pick<AppDeps, 'addons' | 'worldChanged' | 'world' | 'clients'>): Router {
  const { addons, worldChanged } = deps
  const router = new Router()
  router.get('/addons/installable/:word', (ctx) => {
    ctx.body = addons.installable(ctx.params['word'] ?? '')
    if (!ctx.body) ctx.status = 404
  })
  router.get('/addons/installed/:word', (ctx) => {
    addons.complete(ctx.params['word'] ?? '')
    worldChanged()
    ctx.redirect('/')
  })
  router.get('/users/authorize', (ctx) => {
    ctx.redirect(authorize(ctx.query, deps))
  })
  router.get('/addons/install', (ctx) => {
    ctx.redirect(`/${new URL(ctx.href).search}`)
  })
  return router
}

/** A client that disconnected, or that sent something invalid and was told so. */
function isCallersOwn(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('expose' in error && error.expose === true) return true
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(error))
}

/** Runs `middleware` only for the REST API. */
function underApi(middleware: Koa.Middleware): Koa.Middleware {
  return (ctx, next) => (isApi(ctx.path) ? middleware(ctx, next) : next())
}

function isApi(path: string): boolean {
  return path.startsWith('/v2/')
}
