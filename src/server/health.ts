import type Router from '@koa/router'
import { isBotError } from '../model/errors.js'
import { withDeadline } from '../shared/deadline.js'
import { messageOf } from '../shared/error-details.js'
import { problem } from './errors.js'

/** What the health probes check. */
export interface Health {
  /** Throws UnavailableError with what is wrong where the store cannot be written. */
  probe(): Promise<void>
  readonly commands: () => number
  /** True once the bot stops. */
  readonly draining: boolean
}

/** `GET /healthz`: the process lives. `GET /readyz`: it can take work. */
export function healthRoutes(router: Router, health: Health): void {
  const { probe, commands } = health
  const storeFault = createStoreCheck(probe)
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' }
  })
  router.get('/readyz', async (ctx) => {
    const reason = health.draining ? 'The bot is stopping.' : await notReadyReason()
    if (!reason) {
      ctx.body = { status: 'ready', commands: commands() }
      return
    }
    problem(ctx, 503, reason)
    ctx.set('Retry-After', '2')
  })

  async function notReadyReason(): Promise<string | undefined> {
    if (commands() === 0) return 'No commands are loaded.'
    const late = new Error('The store does not answer.')
    return await withDeadline(storeFault(), 2_000, () => late).catch(() => late.message)
  }
}

/** What keeps the store from being written, or kept it less than a second ago: one probe serves all who ask meanwhile. */
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
