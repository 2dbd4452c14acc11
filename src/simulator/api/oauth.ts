import type { Router, RouterContext } from '@koa/router'
import { asRecord } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import type { Clients } from '../world/clients.js'
import type { Client } from '../world/state.js'
import { grantFor } from './oauth-grants.js'
import type { RestDeps } from './rest-deps.js'
import { authenticatedOnly } from './scope-guard.js'

/** The token endpoint: Basic credentials with a form, JSON or a query; works during installation too. */
export function oauthRoutes(router: Router, deps: Omit<RestDeps, 'route'>): void {
  const { world, clients, serializers, changed } = deps
  router.post('/v2/oauth/token', (ctx) => {
    const asked = { ...ctx.query, ...asRecord(ctx.request.body) }
    const client = clientOf(ctx, clients)
    const { userId, scopes, refreshToken } = grantFor(asked, client, deps)
    const owner = userId === undefined ? { kind: 'addon' as const } : { kind: 'user' as const, userId }
    const token = clients.issue({ ...owner, scopes, oauthId: client.oauthId })
    changed()
    ctx.set('Cache-Control', 'no-store')
    ctx.body = {
      access_token: token.token,
      expires_in: Math.round((token.expiresAt - world.now()) / 1000),
      group_id: world.state.group.id,
      group_name: world.state.group.name,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      scope: scopes.join(' '),
      token_type: 'bearer',
    }
  })

  router.get('/v2/oauth/token/:token', (ctx) => {
    const token = clients.token(ctx.params['token'] ?? '')
    if (!token) throw new ApiError(404, 'Token not found')
    const client = token.oauthId === undefined ? undefined : clients.find(token.oauthId)
    const owner = token.userId === undefined ? undefined : world.person(token.userId)
    ctx.body = {
      access_token: token.token,
      expires_in: Math.round((token.expiresAt - world.now()) / 1000),
      scopes: token.scopes,
      client: client && {
        id: client.key,
        name: client.name,
        allowed_scopes: client.scopes,
        oauth_client_id: client.oauthId,
        room: client.roomId === undefined ? null : serializers.room(world.room(client.roomId)),
      },
      owner: owner ? serializers.person(owner) : { id: world.state.group.id, name: world.state.group.name },
      owner_type: owner ? 'user' : 'group',
    }
  })

  router.delete('/v2/oauth/token/:token', (ctx) => {
    const token = clients.token(ctx.params['token'] ?? '')
    if (!token) throw new ApiError(404, 'Token not found')
    clients.revoke(token)
    changed()
    ctx.status = 204
  })
}

function clientOf(ctx: RouterContext, clients: Clients): Client {
  const [, basic] = /^Basic +([\w+/=-]+)$/i.exec(ctx.get('authorization')) ?? []
  const credentials = Buffer.from(basic ?? '', 'base64').toString()
  const [id, ...secret] = credentials.split(':')
  if (!id || secret.length === 0) throw new ApiError(401, authenticatedOnly)
  const client = clients.authenticate(id, secret.join(':'))
  if (!client) throw new ApiError(401, 'Invalid OAuth client')
  return client
}
