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

/** Options of a simulated server. */
export interface SimulatorOptions extends ListenersOptions {
  /** A file for rooms and installations. Without it, they are lost when the process ends. */
  readonly stateFile?: string
  /** Returns the time in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number
  /** Where errors of the server are logged. Default: nowhere. */
  readonly log?: Logger
  readonly faults?: Faults
  /** Rate limits. The defaults are so high that tests don't reach them. */
  readonly limits?: Partial<Limits>
  /** Lifetime of add-ons' access tokens, in seconds. Default: 3,600. */
  readonly tokenSeconds?: number
  /** Returns a hint for the person who typed this line, if there is one. */
  readonly hintFor?: (line: string) => string | undefined
  /** Time limit of an add-on's answer, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number
  /** What a bot in this process tells the page. Without it, the page has no completion and no comparison of platforms. */
  readonly playground?: Playground
}

/** An installation, without its secrets. */
export type ShownAddon = ReturnType<typeof showAddon>

/** A simulated HipChat server. */
export interface Simulator {
  /** Its base URL, without a slash at the end. Known once `listen` has resolved. */
  readonly url: string
  /** Its https URL, and the file of the certificate authority that clients must trust. Only with the option `tls`. */
  readonly tls?: { readonly url: string; readonly caFile: string }
  /** Faults to inject. */
  readonly faults: Faults
  listen(): Promise<void>
  /** Closes all connections and waits for webhooks in progress. */
  close(): Promise<void>
  /** Creates a token for a person, or for the notifications of one room. */
  issueToken(request: TokenRequest): IssuedToken
  /** Installs an add-on from its descriptor, in one room or in the whole group. Rejects if the add-on refuses. */
  install(descriptorUrl: string, options?: InstallOptions & { readonly room?: IdOrName }): ReturnType<Addons['install']>
  /** Reads an add-on's descriptor again, and notifies the add-on. */
  update: Addons['update']
  uninstall: Addons['uninstall']
  /** Returns the people of the group. `issueToken` and `say` take their ids and names. */
  people(): readonly { readonly id: number; readonly name: string; readonly mentionName: string }[]
  /** Returns the rooms of the group. */
  rooms(): readonly { readonly id: number; readonly name: string; readonly privacy: 'public' | 'private' }[]
  /** Returns the installed add-ons, without their secrets. */
  addons(): readonly ShownAddon[]
  /** Types a line as a person. Resolves when every webhook has been answered or has failed. */
  say(room: IdOrName, user: IdOrName, text: string): Promise<{ entry: RoomEntry; deliveries: readonly Delivery[] }>
  /** Returns the messages of a room, oldest first. */
  history(room: IdOrName): readonly RoomEntry[]
  /** Shows a line in a room, or in every room, that add-ons don't receive. */
  notice(text: string, room?: IdOrName): void
  /** Returns the latest webhook deliveries, oldest first. */
  deliveries(): readonly Delivery[]
  /** Returns the requests and responses of a delivery; undefined once they are discarded. */
  wire(deliveryId: string): WireRecord | undefined
  /** Adds a note about the webhook with this `Authorization` header, for an add-on in this process. */
  annotate(authorization: string, note: WireNote): void
  /** Expires the access tokens of an installation, or of all of them. */
  expireTokens(oauthId?: string): void
  /** Calls `listener` for every event. Returns a function that unsubscribes it. */
  onEvent(listener: (event: SimulatorEvent) => void): () => void
}

/** Creates a simulated HipChat server with capabilities, installation, tokens, webhooks, the REST API and a room page. */
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

/** The parts of the server, except for listening. */
function createParts(options: SimulatorOptions, base: () => string) {
  const { clock = Date.now, log = silentLogger, limits, timeoutMs = 10_000, hintFor } = options
  const api = () => `${base()}/v2`
  const world = createWorld({ state: readState(options.stateFile, () => seedState(clock())), clock })
  const { flush, saveSoon: changed } = createStateFile(
    options.stateFile,
    () => world.state,
    (error) => log.error({ err: error }, 'the simulator could not keep its state'),
  )
  // Installations that were in progress when the last process ended cannot be finished.
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
