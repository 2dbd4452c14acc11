import { type Logger, silentLogger } from '../model/logger.js'
import { createStream } from './admin/stream.js'
import type { Limits } from './api/rate-limits.js'
import { createApp } from './app.js'
import { createEvents, type Delivery, type SimulatorEvent } from './events.js'
import { createFaults, type Faults, watchFaults } from './faults.js'
import { type IssuedToken, issueToken, type TokenRequest } from './issue-token.js'
import { createListeners, type ListenersOptions } from './listen.js'
import type { Playground } from './playground.js'
import { createWireLog, type WireNote, type WireRecord } from './wire/wire-log.js'
import { type Addons, createAddons, type InstallOptions } from './world/addons.js'
import { createChat } from './world/chat.js'
import { createClients, showAddon } from './world/clients.js'
import { createWorld, type IdOrName } from './world/group.js'
import { seedState } from './world/seed.js'
import { createSerializers } from './world/serializers.js'
import { createStateFile, type RoomEntry, readState } from './world/state.js'

/** How a simulated server is set up. */
export interface SimulatorOptions extends ListenersOptions {
  /** A file that keeps rooms and installations; without it they end with the process. */
  readonly stateFile?: string
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** Where it reports its own errors; nowhere if left out. */
  readonly log?: Logger
  readonly faults?: Faults
  /** How many requests and messages are allowed; by default so many that no test meets them. */
  readonly limits?: Partial<Limits>
  /** How long the access tokens of add-ons live. Default 3,600. */
  readonly tokenSeconds?: number
  /** What people should know of a command that they type, where that is more than which add-ons listen. */
  readonly hintFor?: (line: string) => string | undefined
  /** How long an add-on may take to answer. Default 10,000. */
  readonly timeoutMs?: number
  /** What a bot on this machine tells the page; left out, it completes no commands and compares no services. */
  readonly playground?: Playground
}

/** An installation as it may be shown. */
export type ShownAddon = ReturnType<typeof showAddon>

/** A HipChat server on this machine. */
export interface Simulator {
  /** What it is called by; known once it listens. */
  readonly url: string
  /** The same over https, with the file of the authority that clients must trust; where `tls` was asked for. */
  readonly tls?: { readonly url: string; readonly caFile: string }
  /** What is to go wrong. */
  readonly faults: Faults
  listen(): Promise<void>
  /** Ends every connection and waits for the webhooks that are under way. */
  close(): Promise<void>
  /** Makes a token for a person, or for one room's notifications. */
  issueToken(request: TokenRequest): IssuedToken
  /** Installs an add-on by the protocol's own flow, in one room or in the whole group. */
  install(descriptorUrl: string, options?: InstallOptions & { readonly room?: IdOrName }): ReturnType<Addons['install']>
  /** Has an add-on's descriptor read again, and tells the add-on. */
  update: Addons['update']
  uninstall: Addons['uninstall']
  /** The people of the group, as `issueToken` and `say` take them. */
  people(): readonly { readonly id: number; readonly name: string; readonly mentionName: string }[]
  /** The rooms of the group. */
  rooms(): readonly { readonly id: number; readonly name: string; readonly privacy: 'public' | 'private' }[]
  /** What is installed, without its secrets. */
  addons(): readonly ShownAddon[]
  /** A person types a line; resolves when every webhook was answered or failed. */
  say(room: IdOrName, user: IdOrName, text: string): Promise<{ entry: RoomEntry; deliveries: readonly Delivery[] }>
  /** What stands in a room, oldest first. */
  history(room: IdOrName): readonly RoomEntry[]
  /** Shows a line to the people of a room, or of every room, that no add-on sees. */
  notice(text: string, room?: IdOrName): void
  /** The latest webhook deliveries, oldest first. */
  deliveries(): readonly Delivery[]
  /** What went over the wire for a delivery; undefined where that is not kept any more. */
  wire(deliveryId: string): WireRecord | undefined
  /** Takes in what an add-on in this process tells of the webhook that came with this `Authorization`. */
  annotate(authorization: string, note: WireNote): void
  /** Ends the life of an installation's access tokens, or of all. */
  expireTokens(oauthId?: string): void
  /** Hears of everything that happens; gives a function that ends it. */
  onEvent(listener: (event: SimulatorEvent) => void): () => void
}

/** Creates a HipChat server: capabilities, installation, tokens, webhooks and the REST API, with a room page. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { host = '127.0.0.1', log = silentLogger } = options
  const base = () => listeners.base()
  const parts = createParts(options, base)
  const { world, clients, chat, addons, faults, events, stream, wire, flush } = parts
  const shown = <Result>(result: Result) => {
    events.emit({ type: 'world' })
    return result
  }
  const listeners = createListeners(
    options,
    createApp({ ...parts, host, log, base, playground: options.playground }).callback(),
  )

  return {
    get url() {
      return base()
    },
    ...(listeners.tls ? { tls: listeners.tls } : {}),
    faults,

    async listen() {
      await listeners.listen()
      log.info({ url: base() }, 'the simulated HipChat listens')
    },

    async close() {
      stream.close()
      await listeners.close()
      await chat.webhooks.settled()
      flush()
    },

    issueToken(request) {
      const issued = issueToken(request, { world, clients })
      parts.changed()
      return issued
    },

    async install(descriptorUrl, { room, ...how } = {}) {
      const place = room === undefined ? {} : { room: world.room(room) }
      return await addons.install(descriptorUrl, { ...place, ...how }).then(shown)
    },
    update: (oauthId, how) => addons.update(oauthId, how).then(shown),
    uninstall: (oauthId, how) => addons.uninstall(oauthId, how).then(shown),
    people: () => world.people().map(({ id, name, mentionName }) => ({ id, name, mentionName })),
    rooms: () => world.rooms().map(({ id, name, privacy }) => ({ id, name, privacy })),
    addons: () => clients.all().map(showAddon),

    async say(room, user, text) {
      const { entry, deliveries } = chat.say(world.room(room), world.person(user), text)
      return { entry, deliveries: await deliveries }
    },
    history: (room) => world.room(room).history,
    notice(text, room) {
      for (const one of room === undefined ? world.rooms() : [world.room(room)]) chat.notice(one, text)
    },
    deliveries: () => chat.webhooks.log(),
    wire: wire.find,
    annotate(authorization, note) {
      const id = wire.note(authorization, note)
      if (id !== undefined && note.failure) chat.webhooks.failed(id, note.failure)
    },
    expireTokens(oauthId) {
      clients.expire(oauthId)
    },
    onEvent: events.subscribe,
  }
}

/** All that the server consists of, but for what listens. */
function createParts(options: SimulatorOptions, base: () => string) {
  const { clock = Date.now, log = silentLogger, limits, timeoutMs = 10_000, hintFor } = options
  const api = () => `${base()}/v2`
  const world = createWorld({ state: readState(options.stateFile, () => seedState(clock())), clock })
  const { flush, saveSoon: changed } = createStateFile(
    options.stateFile,
    () => world.state,
    (error) => log.error({ err: error }, 'the simulator could not keep its state'),
  )
  // What was half installed when the last process ended can never be finished.
  world.state.clients = world.state.clients.filter(({ pending }) => !pending)
  const clients = createClients({ world, tokenSeconds: options.tokenSeconds ?? 3600 })
  const events = createEvents()
  const faults = watchFaults(options.faults ?? createFaults(clock), () =>
    events.emit({ type: 'faults', faults: faults.list() }),
  )
  const serializers = createSerializers(world, api)
  const wire = createWireLog({ changed: (deliveryId) => events.emit({ type: 'wire', deliveryId }) })
  const chat = createChat({ world, clients, serializers, faults, events, wire, timeoutMs, changed, hintFor })
  const removed = () => events.emit({ type: 'world' })
  const addons = createAddons({ world, clients, base, timeoutMs, flush, removed })
  const stream = createStream(events)
  const worldChanged = () => {
    events.emit({ type: 'world' })
    changed()
  }
  const reset = () => {
    Object.assign(world.state, seedState(clock()))
    faults.clear()
    flush()
  }
  const keeping = { flush, changed, worldChanged, reset }
  return { world, clients, events, serializers, chat, addons, stream, faults, wire, limits, clock, api, ...keeping }
}
