import type { Router } from '@koa/router'
import { ApiError } from '../errors.js'
import type { WireLog } from '../wire/wire-log.js'
import { bodyOf } from './input.js'

/** Shows the traffic of one webhook, and resends its request. */
export function wireRoutes(router: Router, { wire }: { readonly wire: WireLog }): void {
  const known = (id = '') => {
    const record = wire.find(id)
    if (!record) throw new ApiError(404, 'It is so long ago that what went over the wire is not kept any more.')
    return record
  }

  router.get('/deliveries/:id/wire', (ctx) => {
    ctx.body = known(ctx.params['id'])
  })

  router.post('/deliveries/:id/again', async (ctx) => {
    bodyOf(ctx)
    const { id } = known(ctx.params['id'])
    await wire.sendAgain(id)
    ctx.body = known(id)
  })
}
