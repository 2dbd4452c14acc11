import { ApiError } from '../errors.js'
import type { Clients } from '../world/clients.js'
import type { World } from '../world/group.js'
import type { Client, Token } from '../world/state.js'

/** What a client gets for its request. */
export interface OauthGrant {
  readonly scopes: readonly string[]
  /** The person that the token acts as; undefined for the add-on itself. */
  readonly userId?: number
  readonly refreshToken?: string
}

interface GrantDeps {
  readonly world: World
  readonly clients: Clients
}

type Asked = Readonly<Record<string, unknown>>

/** Handles a token request by its `grant_type`. */
export function grantFor(asked: Asked, client: Client, deps: GrantDeps): OauthGrant {
  switch (asked['grant_type']) {
    case 'client_credentials':
      return { scopes: scopesFor(client.scopes, asked['scope']) }
    case 'authorization_code':
      return renewable(redeemed(asked['code'], 'code', client, deps), asked, client, deps)
    case 'refresh_token': {
      const { userId, scopes } = redeemed(asked['refresh_token'], 'refresh', client, deps)
      return { ...(userId === undefined ? {} : { userId }), scopes: scopesFor(scopes, asked['scope']) }
    }
    case 'password':
      return renewable(passwordOwner(asked, deps), asked, client, deps)
    case 'personal':
    case 'room_notification':
      throw unsupported(asked['grant_type'], ': people make such tokens on the room page or by POST /simulator/tokens')
    default:
      throw unsupported(asked['grant_type'] ?? '', '')
  }
}

/** The requested scopes, which must have been granted; by default all of them. */
export function scopesFor(granted: readonly string[], asked: unknown): readonly string[] {
  const wanted = typeof asked === 'string' ? asked.split(/[\s+]+/).filter(Boolean) : []
  if (wanted.length === 0) return granted
  const strange = wanted.find((scope) => !granted.includes(scope))
  if (strange === undefined) return [...new Set(wanted)]
  throw new ApiError(401, `The scope '${strange}' is not among those of this client`, { field: 'scope' })
}

function renewable(owner: Pick<Token, 'userId' | 'scopes'>, asked: Asked, client: Client, { clients }: GrantDeps) {
  const userId = owner.userId === undefined ? {} : { userId: owner.userId }
  const scopes = scopesFor(owner.scopes.length > 0 ? owner.scopes : client.scopes, asked['scope'])
  const { token } = clients.issue({ kind: 'refresh', scopes, oauthId: client.oauthId, ...userId })
  return { scopes, refreshToken: token, ...userId }
}

function redeemed(text: unknown, kind: 'code' | 'refresh', client: Client, { clients }: GrantDeps): Token {
  const token = typeof text === 'string' ? clients.redeem(text, kind) : undefined
  if (token && token.oauthId === client.oauthId) return token
  const field = kind === 'code' ? 'code' : 'refresh_token'
  throw new ApiError(401, `The ${field} is unknown, was used or has expired`, { field })
}

/** Nobody has a password here, so any is accepted. */
function passwordOwner({ username, password }: Asked, { world }: GrantDeps): Pick<Token, 'userId' | 'scopes'> {
  for (const [field, value] of Object.entries({ username, password })) {
    if (typeof value === 'string' && value !== '') continue
    throw new ApiError(400, `Required field '${field}' is missing`, { field, validation: 'required' })
  }
  return { userId: world.person(String(username)).id, scopes: [] }
}

function unsupported(grantType: unknown, why: string): ApiError {
  return new ApiError(400, `Grant type '${String(grantType)}' is not supported${why}`, { field: 'grant_type' })
}
