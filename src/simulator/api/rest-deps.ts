import type { RouterContext } from '@koa/router'
import type { Chat } from '../world/chat.js'
import type { Clients } from '../world/clients.js'
import type { World } from '../world/group.js'
import type { Serializers } from '../world/serializers.js'
import type { GuardedRoute } from './scope-guard.js'

/** What the methods of the REST API work with. */
export interface RestDeps {
  readonly route: GuardedRoute
  readonly world: World
  readonly clients: Clients
  readonly chat: Chat
  readonly serializers: Serializers
  /** The address that `/v2` stands at. */
  readonly api: () => string
  /** Counts a message to a room against flood control; throws where it is one too many. */
  readonly flood: (ctx: RouterContext, key: string) => void
  /** Keeps what changed soon. */
  readonly changed: () => void
  /** The same, for what everybody who watches should see. */
  readonly worldChanged: () => void
  /** Keeps what changed at once. */
  readonly flush: () => void
}
