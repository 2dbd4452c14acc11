import { ApiError } from './errors.js'
import { scopes as allScopes } from './world/capabilities.js'
import type { Clients } from './world/clients.js'
import type { IdOrName, World } from './world/group.js'

/** The token to create. */
export interface TokenRequest {
  /** The person that it acts as; by default it is for notifications. */
  readonly user?: IdOrName
  /** The one room that it can access; by default every room. */
  readonly room?: IdOrName
  /** Default: all for a person, otherwise `send_notification`. */
  readonly scopes?: readonly string[]
}

/** A token that was made. */
export interface IssuedToken {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

/** Creates a token as people did on HipChat's pages: a personal one, or a room's for notifications. */
export function issueToken(
  { user, room, scopes }: TokenRequest,
  { world, clients }: { readonly world: World; readonly clients: Clients },
): IssuedToken {
  const unknown = scopes?.find((scope) => !Object.hasOwn(allScopes, scope))
  if (unknown !== undefined) {
    throw new ApiError(400, `'${unknown}' is not a scope: ${Object.keys(allScopes).join(', ')}`)
  }
  const {
    token,
    expiresAt,
    scopes: granted,
  } = clients.issue({
    kind: user === undefined ? 'room_notification' : 'personal',
    scopes: scopes ?? (user === undefined ? ['send_notification'] : Object.keys(allScopes)),
    ...(room === undefined ? {} : { roomId: world.room(room).id }),
    ...(user === undefined ? {} : { userId: world.person(user).id }),
  })
  return { token, expiresAt, scopes: granted }
}
