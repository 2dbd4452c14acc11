import type { Router, RouterContext } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { asRecord, isRecord, readText } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import { repr } from '../python-json.js'
import type { Clients } from '../world/clients.js'
import type { World } from '../world/group.js'
import type { Serializers } from '../world/serializers.js'
import type { Client, Person, Room, Token } from '../world/state.js'
import { expand } from './expand.js'

/** The caller of the API, and what they may access. */
export interface Grant {
  readonly token: Token
  /** The installation of an add-on's token. */
  readonly client?: Client
  /** The person of a personal token. */
  readonly person?: Person
  /** The room in an address, if the token may access it. */
  reach(idOrName: string | undefined): Room
}

/** One method of the API. */
export type Method = (ctx: RouterContext, grant: Grant) => void | Promise<void>

/** Serves a method to tokens with one of `scopes`; `auth_test` stops before it runs. */
export type GuardedRoute = (verb: Verb, path: string, scopes: readonly string[], method: Method) => void

type Verb = 'get' | 'post' | 'put' | 'delete'

/** Creates a function that adds methods to `router` and checks tokens like the real server did. */
export function createGuardedRoute(router: Router, directory: Directory): GuardedRoute {
  return (verb, path, scopes, method) => router[verb](path, guard(scopes, method, directory))
}

interface Directory {
  readonly world: World
  readonly clients: Clients
  readonly serializers: Serializers
}

function guard(scopes: readonly string[], method: Method, { world, clients, serializers }: Directory): Middleware {
  return async (ctx) => {
    const given = tokenIn(ctx) ?? tokenInForm(ctx)
    if (given === undefined) throw new ApiError(401, authenticatedOnly)
    const token = clients.token(given)
    if (!token) throw new ApiError(401, 'Invalid OAuth session')
    if (scopes.length > 0 && !scopes.some((scope) => token.scopes.includes(scope))) {
      throw new ApiError(403, `This action requires one of the following scopes: ${repr([...scopes].sort())}`)
    }
    if (ctx.query['auth_test'] === 'true' || ctx.query['test_auth'] === 'true') {
      ctx.status = 202
      ctx.body = ''
      return
    }
    await method(ctx as RouterContext, grantOf(token, { world, clients }))
    const { expand: paths } = ctx.query
    if (typeof paths === 'string' && isRecord(ctx.body)) ctx.body = expand(ctx.body, paths, serializers.resolve)
  }
}

function grantOf(token: Token, { world, clients }: Omit<Directory, 'serializers'>): Grant {
  const client = token.kind === 'addon' && token.oauthId !== undefined ? clients.find(token.oauthId) : undefined
  const only = client?.roomId ?? token.roomId
  return {
    token,
    ...(client ? { client } : {}),
    ...(token.userId === undefined ? {} : { person: world.person(token.userId) }),
    reach(idOrName) {
      const room = world.room(idOrName ?? '')
      if (only === undefined || room.id === only) return room
      throw new ApiError(403, 'Cannot access a room that you are not authorized for')
    },
  }
}

/** The answer to a request without credentials. */
export const authenticatedOnly =
  'Authenticated requests only. See https://www.hipchat.com/docs/apiv2/auth for more information.'

/** The token of a request, from its header or its address. */
export function tokenIn({ headers, query }: Pick<Context, 'headers' | 'query'>): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (bearer) return bearer
  const { auth_token: inAddress } = query
  return typeof inAddress === 'string' && inAddress ? inAddress : undefined
}

/** The token in a form, because some clients send it only there. */
function tokenInForm(ctx: Context): string | undefined {
  return ctx.is('urlencoded') ? readText(asRecord(ctx.request.body)['auth_token']) : undefined
}
