import type { RouterContext } from '@koa/router'
import { ApiError } from '../errors.js'
import { membersOf } from './messages.js'
import type { RestDeps } from './rest-deps.js'
import type { Grant } from './scope-guard.js'

/** Photos of people and avatars of rooms: uploaded as base64, served as pictures. */
export function pictureRoutes(deps: RestDeps): void {
  const { world } = deps
  addPicture(deps, '/v2/user/:user/photo', 'photo', ['admin_group'], (ctx) => {
    return `user/${world.person(ctx.params['user'] ?? '').id}/photo`
  })
  addPicture(deps, '/v2/room/:room/avatar', 'avatar', ['admin_room'], (ctx, grant) => {
    return `room/${grant.reach(ctx.params['room']).id}/avatar`
  })
}

type FindPath = (ctx: RouterContext, grant: Grant) => string

function addPicture(deps: RestDeps, path: string, field: string, scopes: readonly string[], find: FindPath): void {
  const { route, world, worldChanged } = deps

  // Every requested size is served as the original.
  for (const address of [path, `${path}/:size`]) {
    route('get', address, ['view_group', 'view_room'], (ctx, grant) => {
      const picture = world.state.pictures?.[find(ctx, grant)]
      if (picture === undefined) throw new ApiError(404, `There is no ${field}`)
      const bytes = Buffer.from(picture, 'base64')
      ctx.type = typeOf(bytes)
      ctx.body = bytes
    })
  }

  route('put', path, scopes, (ctx, grant) => {
    const given = membersOf(ctx)[field]
    if (typeof given !== 'string' || !/^[\w+/-]+={0,2}$/.test(given))
      throw new ApiError(400, `Field '${field}' must be a picture in base64`, { field, validation: 'format' })
    world.state.pictures = { ...world.state.pictures, [find(ctx, grant)]: given }
    worldChanged()
    ctx.status = 204
  })

  route('delete', path, scopes, (ctx, grant) => {
    const { [find(ctx, grant)]: _, ...others } = world.state.pictures ?? {}
    world.state.pictures = others
    worldChanged()
    ctx.status = 204
  })
}

function typeOf(bytes: Buffer): string {
  const kinds = { png: '89504e47', jpeg: 'ffd8ff', gif: '474946' }
  const start = bytes.subarray(0, 4).toString('hex')
  const [kind] = Object.entries(kinds).find(([, sign]) => start.startsWith(sign)) ?? []
  return kind ? `image/${kind}` : 'application/octet-stream'
}
