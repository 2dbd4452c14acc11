import type Router from '@koa/router'
import { isBotError } from '../model/errors.js'
import { withDeadline } from '../shared/deadline.js'
import { messageOf } from '../shared/error-details.js'
import { problem } from './errors.js'
import { setJsonBody } from './json-response.js'

/** What the health probes check. */
export interface Health {
  /** Throws UnavailableError with the reason if the store cannot be written. */
  probe(): Promise<void>
  readonly commands: () => number
  /** Whether anything can post: then a bot without commands is useful too. */
  readonly hasSenders?: () => Promise<boolean>
  /** The platforms whose connection this process should have but lacks. */
  readonly notConnected?: () => readonly NotConnected[]
  /** Why the bot is not ready, if the reason lies outside of it. */
  readonly notReady?: (() => string | undefined) | undefined
  /** True once the bot is stopping. */
  readonly draining: boolean
}

/** A platform that is not connected. */
export interface NotConnected {
  readonly platform: string
  /** True if the platform sends webhooks as well. */
  readonly hasWebhooks: boolean
}

/** `GET /healthz`: the process is alive. `GET /readyz`: it accepts work. */
export function healthRoutes(router: Router, health: Health): void {
  const { probe, commands, hasSenders, notConnected = () => [], notReady } = health
  const storeFault = createStoreCheck(probe)
  router.get('/healthz', (ctx) => {
    setJsonBody(ctx, { status: 'ok' })
  })
  router.get('/readyz', async (ctx) => {
    const reason = health.draining ? 'The bot is stopping.' : await notReadyReason()
    if (!reason) {
      const missing = notConnected().map(({ platform }) => platform)
      const state = { status: 'ready', commands: commands() }
      setJsonBody(ctx, missing.length > 0 ? { ...state, notConnected: missing } : state)
      return
    }
    problem(ctx, 503, reason)
    ctx.set('Retry-After', '2')
  })

  async function notReadyReason(): Promise<string | undefined> {
    const late = new Error('The store does not answer.')
    return await withDeadline(findFault(), 2_000, () => late).catch(() => late.message)
  }

  async function findFault(): Promise<string | undefined> {
    const fault = await storeFault()
    const isOfUse = fault !== undefined || commands() > 0 || (await hasSenders?.())
    if (!isOfUse) return 'No commands are loaded, and nothing can post.'
    const unheard = notConnected().filter(({ hasWebhooks }) => !hasWebhooks)
    const names = unheard.map(({ platform }) => platform).join(', ')
    return fault ?? (names ? `Not connected: ${names}.` : notReady?.())
  }
}

/** Why the store cannot be written; one probe serves all requests within a second. */
function createStoreCheck(probe: Health['probe'], freshMs = 1_000): () => Promise<string | undefined> {
  let running = false
  let freshUntil = 0
  let result: Promise<string | undefined> = Promise.resolve(undefined)

  async function check(): Promise<string | undefined> {
    running = true
    freshUntil = performance.now() + freshMs
    try {
      await probe()
      return undefined
    } catch (error) {
      return isBotError(error, 'unavailable') ? messageOf(error) : 'The store cannot be reached.'
    } finally {
      running = false
    }
  }

  return () => {
    if (!running && performance.now() >= freshUntil) result = check()
    return result
  }
}
