import type Router from '@koa/router'
import { withDeadline } from '../shared/deadline.js'
import { problem } from './errors.js'

/** What the health probes check. */
export interface Health {
  /** Throws or rejects if the store does not answer. */
  probe(): Promise<void>
  readonly commands: () => number
  readonly draining: () => boolean
}

/** `GET /healthz`: the process lives. `GET /readyz`: it can take work. */
export function healthRoutes(router: Router, { probe, commands, draining }: Health): void {
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' }
  })
  router.get('/readyz', async (ctx) => {
    const reason = draining() ? 'The bot is stopping.' : await ailment()
    if (!reason) {
      ctx.body = { status: 'ready', commands: commands() }
      return
    }
    problem(ctx, 503, reason)
    ctx.set('Retry-After', '2')
  })

  async function ailment(): Promise<string | undefined> {
    if (commands() === 0) return 'No commands are loaded.'
    const late = new Error('The store does not answer.')
    return await withDeadline(probe(), 2_000, () => late).then(
      () => undefined,
      (error: unknown) => (error === late ? late.message : 'The store cannot be reached.'),
    )
  }
}
