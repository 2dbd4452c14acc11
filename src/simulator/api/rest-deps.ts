import type { RouterContext } from '@koa/router'
import type { Chat } from '../world/chat.js'
import type { Clients } from '../world/clients.js'
import type { World } from '../world/group.js'
import type { Serializers } from '../world/serializers.js'
import type { GuardedRoute } from './scope-guard.js'

/** What the methods of the REST API need. */
export interface RestDeps {
  readonly route: GuardedRoute
  readonly world: World
  readonly clients: Clients
  readonly chat: Chat
  readonly serializers: Serializers
  /** The address of `/v2`. */
  readonly api: () => string
  /** Counts a message against a room's flood control; throws over the limit. */
  readonly flood: (ctx: RouterContext, key: string) => void
  /** Saves changes soon. */
  readonly changed: () => void
  /** The same for changes that watchers should see. */
  readonly worldChanged: () => void
  /** Saves changes immediately. */
  readonly flush: () => void
}
