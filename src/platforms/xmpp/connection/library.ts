import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { ConfigError, ConnectionError } from '../../../model/errors.js'
import type { Settings } from '../settings.js'
import type { Element } from '../wire.js'
import type { Scram } from './scram.js'

/** The parts of `@xmpp/client` 0.14 that are used here; it ships no types. */
export interface Library {
  client(options: object): Client
  xml(name: string, attrs?: object | string, ...children: readonly unknown[]): Element
}

/** The library's stream. */
export interface Client extends EventEmitter {
  readonly status: string
  jid: { toString(): string } | null
  /** The socket, while there is one. */
  readonly socket: { destroy(): void } | null
  transports: Transport[]
  readonly reconnect: { stop(): void }
  readonly saslFactory: { readonly _mechs: { readonly name: string; readonly mech: unknown }[] }
  readonly iqCaller: { request(stanza: Element, timeoutMs?: number): Promise<Element> }
  readonly streamManagement: EventEmitter & {
    readonly enabled: boolean
    id: string
    /** How many stanzas arrived, and how many of ours the server has confirmed. */
    inbound: number
    outbound: number
    timeout: number
    requestAckInterval: number
  }
  connect(service: string): Promise<void>
  open(options: { readonly domain: string }): Promise<unknown>
  send(stanza: Element): Promise<void>
  /** Sets the stream's own address. */
  _jid(jid: string): unknown
  stop(): Promise<unknown>
  disconnect(): Promise<unknown>
}

type Transport = { prototype: { socketParameters(service: string): unknown; Socket: unknown } } & (new () => object)

/** Throws ConfigError if the library is not installed; bots without XMPP do not need it. */
export function checkInstalled(resolve: (name: string) => string = createRequire(import.meta.url).resolve): void {
  try {
    resolve(libraryName)
  } catch (error) {
    throw new ConfigError(`XMPP_JID needs a library that is not installed: npm install ${libraryName}`, {
      cause: error,
    })
  }
}

const libraryName = '@xmpp/client'

/** Loads the library. */
export async function loadLibrary(): Promise<Library> {
  // @ts-expect-error: it has no types
  return (await import('@xmpp/client')) as Library
}

/** Creates a stream over sockets from `open`; it is not open yet. */
export function createClient({ client }: Library, { settings, scram, open }: ClientDeps): Client {
  const { username, password, domain } = settings
  const made = client({ domain, username, password, service: wireName, timeout: 15_000 })
  made.reconnect.stop() // reconnecting is done outside the library
  const Tcp = made.transports.find(({ prototype }) => isTcp(prototype))
  if (!Tcp) throw new ConnectionError('this version of @xmpp/client is not supported: install 0.14', { slow: true })
  const Base: new () => object = Tcp
  class Wire extends Base {}
  Object.assign(Wire.prototype, { socketParameters: () => ({}), Socket: createWireSocket(open) })
  made.transports = [Wire as unknown as Transport]
  made.saslFactory._mechs.unshift(
    ...scram.mechanisms.map(({ name, create }) => ({ name, mech: toConstructor(create) })),
  )
  Object.assign(made.streamManagement, { requestAckInterval: 15_000, timeout: 15_000 })
  return made
}

interface ClientDeps {
  readonly settings: Settings
  readonly scram: Scram
  open(): Promise<Socket>
}

const wireName = 'xmpp://wire'

/** The library creates mechanisms with `new`. */
function toConstructor(create: () => object) {
  return function make() {
    return create()
  }
}

function isTcp(prototype: Transport['prototype']): boolean {
  try {
    return prototype.socketParameters('xmpp://localhost') !== undefined
  } catch {
    return false
  }
}

/**
 * The socket that the library uses. Its own socket would decode each packet separately, which breaks characters, check
 * the certificate against the wrong name, and stay unencrypted if an attacker removes the server's offer.
 */
function createWireSocket(open: () => Promise<Socket>) {
  return class WireSocket extends EventEmitter {
    secure = false
    #socket: Socket | undefined

    connect(): void {
      open().then(
        (socket) => this.#attach(socket),
        (error: unknown) => {
          this.emit('error', error)
          this.emit('close')
        },
      )
    }

    #attach(socket: Socket): void {
      this.#socket = socket
      this.secure = 'encrypted' in socket
      socket.setEncoding('utf8')
      socket.on('error', (error) => this.emit('error', error))
      socket.on('close', () => this.emit('close'))
      socket.on('data', (text) => {
        try {
          this.emit('data', text)
        } catch (error) {
          socket.destroy(error as Error) // invalid input from the server must not end the bot
        }
      })
      this.emit('connect')
    }

    write(text: string, done?: (error?: Error | null) => void): void {
      if (this.#socket?.writable) this.#socket.write(text, done)
      else done?.(new Error('the connection is down'))
    }

    end(): void {
      if (this.#socket) this.#socket.end()
      else this.emit('close')
    }

    destroy(): void {
      this.#socket?.destroy()
    }
  }
}
