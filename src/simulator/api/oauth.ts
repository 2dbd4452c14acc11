import type { Router, RouterContext } from '@koa/router'
import { asRecord } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import type { Clients } from '../world/clients.js'
import type { Client } from '../world/state.js'
import type { RestDeps } from './rest-deps.js'
import { authenticatedOnly } from './scope-guard.js'

/** The token endpoint: Basic credentials with a form, JSON or a query; also while the installation is under way. */
export function oauthRoutes(router: Router, deps: Omit<RestDeps, 'route'>): void {
  const { world, clients, serializers, changed } = deps
  router.post('/v2/oauth/token', (ctx) => {
    const asked = { ...ctx.query, ...asRecord(ctx.request.body) }
    const client = clientOf(ctx, clients)
    if (asked['grant_type'] !== 'client_credentials') {
      const given = String(asked['grant_type'] ?? '')
      throw new ApiError(400, `Grant type '${given}' is not supported`, { field: 'grant_type' })
    }
    const scopes = scopesFor(client, asked['scope'])
    const token = clients.issue({ kind: 'addon', scopes, oauthId: client.oauthId })
    changed()
    ctx.set('Cache-Control', 'no-store')
    ctx.body = {
      access_token: token.token,
      expires_in: Math.round((token.expiresAt - world.now()) / 1000),
      group_id: world.state.group.id,
      group_name: world.state.group.name,
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

function scopesFor(client: Client, asked: unknown): readonly string[] {
  const wanted = typeof asked === 'string' ? asked.split(/[\s+]+/).filter(Boolean) : []
  if (wanted.length === 0) return client.scopes
  const strange = wanted.find((scope) => !client.scopes.includes(scope))
  if (strange === undefined) return [...new Set(wanted)]
  throw new ApiError(401, `The scope '${strange}' is not among those of this client`, { field: 'scope' })
}
