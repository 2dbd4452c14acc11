import type { Logger } from '../model/logger.js'
import { type AcceptDeps, createAccept } from '../pipeline/accept.js'
import type { Platform } from '../platforms/platform.js'
import type { Store } from '../stores/store.js'
import { type Connection, type ConnectionEvent, type ConnectionState, createConnection } from './connection.js'
import { createLease } from './lease.js'
import { createRelay } from './relay.js'

/** The connections of all platforms that have `connect`. */
export interface Connections {
  start(): void
  /** The platform for any process: if another process holds the connection, replies are relayed to that one. */
  shared(platform: Platform): Platform
  /** Closes those that deliver no replies; the others may still have replies to deliver. */
  stopTaking(): Promise<void>
  /** Closes all. */
  stop(): Promise<void>
  states(): readonly { readonly platform: string; readonly state: ConnectionState }[]
}

/** Creates the connections. Each is held by one of the processes that share the store. */
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

/** The connection of one platform. It has `deliver` if replies are sent over it. */
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
  /** How long a lease lasts if it is not renewed. */
  readonly ttlMs?: number
  readonly onEvent?: (platform: string, event: ConnectionEvent) => void
}

/** Not a copy, and its methods are bound to it: a platform can be an instance of a class with private fields. */
function withDeliver(platform: Platform, deliver: Platform['deliver']): Platform {
  return new Proxy(platform, {
    get(target, key) {
      if (key === 'deliver') return deliver
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
