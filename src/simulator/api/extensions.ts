import type { RouterContext } from '@koa/router'
import { randomToken } from '../../shared/random-token.js'
import { ApiError } from '../errors.js'
import { object, ofType, optional, required, text } from '../world/body-checks.js'
import type { Client, Extension } from '../world/state.js'
import { membersOf } from './messages.js'
import type { RestDeps } from './rest-deps.js'
import type { Grant } from './scope-guard.js'

/** User interface modules registered by REST, their links, and glance data. The room page shows none of them. */
export function extensionRoutes(deps: RestDeps): void {
  for (const kind of ['action', 'glance', 'webpanel', 'dialog', 'externalpage']) {
    putExtension(deps, kind, '/v2')
    putExtension(deps, kind, '/v2/room/:room')
  }
  linkAddons(deps)
  takeGlances(deps)
}

function putExtension({ route, api, flush }: RestDeps, kind: string, prefix: string): void {
  const path = `${prefix}/extension/${kind}/:key`
  const scopes = prefix === '/v2' ? [] : ['admin_room']

  function placeOf(ctx: RouterContext, grant: Grant) {
    const client = clientOf(grant)
    const key = ctx.params['key'] ?? ''
    const roomId = ctx.params['room'] === undefined ? undefined : grant.reach(ctx.params['room']).id
    const isThis = (one: Extension) => one.kind === kind && one.key === key && one.roomId === roomId
    const found = client.extensions?.find(isThis)
    return { client, key, roomId, found, others: (client.extensions ?? []).filter((one) => one !== found) }
  }

  const show = ({ key, roomId, content }: Extension) => ({
    ...content,
    key,
    links: { self: `${api()}${roomId === undefined ? '' : `/room/${roomId}`}/extension/${kind}/${key}` },
  })

  route('put', path, scopes, (ctx, grant) => {
    const { client, key, roomId, others } = placeOf(ctx, grant)
    const content = membersOf(ctx)
    if ((content['key'] ?? key) !== key)
      throw new ApiError(400, "Field 'key' differs from the address", { field: 'key' })
    const extension = { kind, key, content, ...(roomId === undefined ? {} : { roomId }) }
    client.extensions = [...others, extension]
    flush()
    ctx.status = 201
    ctx.body = show(extension)
  })

  route('get', path, scopes, (ctx, grant) => {
    ctx.body = show(existing(placeOf(ctx, grant).found))
  })

  route('delete', path, scopes, (ctx, grant) => {
    const { client, found, others } = placeOf(ctx, grant)
    existing(found)
    client.extensions = others
    flush()
    ctx.status = 204
  })
}

/** The real server's links are not recorded; these can be created and removed but lead nowhere. */
function linkAddons({ route, api }: RestDeps): void {
  const links = new Map<string, string>()

  route('post', '/v2/addon/link', [], (ctx, grant) => {
    const client = clientOf(grant)
    const given = membersOf(ctx)
    checkLink(given, '')
    const token = randomToken(40)
    links.set(token, client.oauthId)
    for (const old of links.keys()) if (links.size > 1000) links.delete(old)
    ctx.status = 201
    ctx.body = { token, target: given['target'], links: { self: `${api()}/addon/link/${token}` } }
  })

  route('delete', '/v2/addon/link/:token', [], (ctx, grant) => {
    const token = ctx.params['token'] ?? ''
    if (links.get(token) !== clientOf(grant).oauthId) throw new ApiError(404, 'Link not found')
    links.delete(token)
    ctx.status = 204
  })
}

const checkLink = object({ target: required(text(1)), ttl: optional(ofType('number')) })

function takeGlances({ route }: RestDeps): void {
  for (const [path, scope] of [
    ['/v2/addon/ui', 'view_group'],
    ['/v2/addon/ui/room/:room', 'view_room'],
    ['/v2/addon/ui/user/:user', 'view_group'],
    ['/v2/addon/ui/room/:room/user/:user', 'view_group'],
  ] as const) {
    route('post', path, [scope], (ctx, grant) => {
      if (ctx.params['room'] !== undefined) grant.reach(ctx.params['room'])
      if (!Array.isArray(membersOf(ctx)['glance'])) {
        throw new ApiError(400, "Required field 'glance' is missing", { field: 'glance', validation: 'required' })
      }
      ctx.status = 204
    })
  }
}

function clientOf({ client }: Grant): Client {
  if (!client) throw new ApiError(403, 'This action requires the token of an add-on')
  return client
}

function existing(found: Extension | undefined): Extension {
  if (!found) throw new ApiError(404, 'Extension not found')
  return found
}
