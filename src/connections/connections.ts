import type { Logger } from '../model/logger.js'
import { type AcceptDeps, createAccept } from '../pipeline/accept.js'
import type { Platform } from '../platforms/platform.js'
import type { Store } from '../stores/store.js'
import { type Connection, type ConnectionEvent, type ConnectionState, createConnection } from './connection.js'
import { createLease } from './lease.js'
import { createRelay } from './relay.js'

/** The connections of all platforms that have one. */
export interface Connections {
  start(): void
  /** The platform as any process may use it: what goes over a connection that another holds, goes by way of that one. */
  shared(platform: Platform): Platform
  /** Leaves those over which nothing is delivered: what is said over the others is still on its way. */
  stopTaking(): Promise<void>
  /** Leaves all. */
  stop(): Promise<void>
  states(): readonly { readonly platform: string; readonly state: ConnectionState }[]
}

/** Creates the connections; each is held by one process among those that share the store. */
export function createConnections(deps: ConnectionsDeps): Connections {
  const connections = deps.platforms.filter(({ connect }) => connect !== undefined).map((one) => create(one, deps))
  const byPlatform = new Map(connections.map((one) => [one.platform, one]))
  const stopAll = async (some: typeof connections) => void (await Promise.all(some.map(({ stop }) => stop())))
  return {
    start: () => connections.forEach(({ start }) => void start()),
    shared(platform) {
      const deliver = byPlatform.get(platform.name)?.deliver
      return deliver ? withDeliver(platform, deliver) : platform
    },
    stopTaking: () => stopAll(connections.filter(({ deliver }) => !deliver)),
    stop: () => stopAll(connections),
    states: () => connections.map(({ platform, state }) => ({ platform, state: state() })),
  }
}

/** One platform's; `deliver` is there where replies go over it. */
function create(platform: Platform, deps: ConnectionsDeps): Connection & Partial<Pick<Platform, 'deliver'>> {
  const { store, onEvent, ttlMs = 6_000 } = deps
  const log = deps.log.child({ platform: platform.name })
  const lease = createLease({ store, key: `connection/${platform.name}`, ttlMs })
  const accept = createAccept({ ...deps, platform })
  const held = { platform, accept, lease, log, onEvent }
  if (!platform.deliversByConnection) return createConnection(held)
  const ownDeliver: Platform['deliver'] = (...given) => platform.deliver(...given)
  const relay = createRelay({ platform: platform.name, deliver: ownDeliver, lease, store, log })
  return {
    ...createConnection({ ...held, serve: relay.serve }),
    deliver: (...given) => (lease.isHeld() ? ownDeliver(...given) : relay.send(...given)),
  }
}

interface ConnectionsDeps extends Omit<AcceptDeps, 'platform'> {
  readonly platforms: readonly Platform[]
  readonly store: Store
  readonly log: Logger
  /** How long a lease lasts that is not renewed. */
  readonly ttlMs?: number
  readonly onEvent?: (platform: string, event: ConnectionEvent) => void
}

/** Not a copy, and its own verbs are bound to it: a platform may be of a class, with private fields. */
function withDeliver(platform: Platform, deliver: Platform['deliver']): Platform {
  return new Proxy(platform, {
    get(target, key) {
      if (key === 'deliver') return deliver
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
