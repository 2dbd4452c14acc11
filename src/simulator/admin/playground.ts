import { Router } from '@koa/router'
import { ApiError } from '../errors.js'
import type { Playground } from '../playground.js'
import type { World } from '../world/group.js'

/** What the page asks the bot next to it. */
export interface PlaygroundDeps {
  readonly world: World
  readonly playground: Playground | undefined
}

/** The commands to complete, and a message as other services show it; empty if there is no bot next to the simulator. */
export function playgroundRoutes({ world, playground }: PlaygroundDeps): Router {
  const router = new Router({ prefix: '/simulator' })

  router.get('/commands', (ctx) => {
    ctx.body = { commands: playground?.commands() ?? [], hasPreviews: playground !== undefined }
  })

  router.get('/rooms/:room/messages/:id/previews', (ctx) => {
    const { room = '', id } = ctx.params
    const entry = world.room(room).history.find((one) => one.id === id)
    if (!entry) throw new ApiError(404, 'The message is no longer in the room.')
    ctx.body = playground?.previews(entry) ?? []
  })
  return router
}
