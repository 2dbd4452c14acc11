import type { Catalog } from '../model/command.js'
import type { Encryptor } from '../model/encryptor.js'
import type { Installation } from '../model/installation.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Card, Outcome, Reply } from '../model/reply.js'
import type { ReplyTarget } from '../model/schedule.js'
import type { HttpClient } from '../net/http-client.js'
import type { Installations } from '../stores/installations.js'
import type { Store } from '../stores/store.js'
import type { Router } from './koa.js'

/** A webhook request without its body. */
export interface WebhookHead {
  readonly method: string
  /** The path below `/{platform}`, like `/webhook`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Header values by lowercase name. Repeated headers are joined as Node.js joins them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The IP address of the client, or of the last proxy. */
  readonly peer?: string | undefined
}

/** A webhook request as received: nothing is parsed or trusted yet. */
export interface WebhookRequest extends WebhookHead {
  /** The raw bytes, as they were signed. */
  readonly body: Buffer
  /** When it was received, in milliseconds since 1970. */
  readonly receivedAt: number
}

/** A verified request, as `verify` returns it. */
export interface Verified<Payload = unknown> {
  readonly installation: Installation
  /** The parsed body, in the platform's own shape. */
  readonly payload: Payload
  /** Identifies the request's signature, if it is valid only once. The journal then accepts it only once. */
  readonly replayToken?: ReplayToken | undefined
  /** When it was received, in milliseconds since 1970. */
  readonly receivedAt: number
}

/** The immediate response to a request. */
export interface Ack {
  readonly status: number
  /** An object is sent as JSON. */
  readonly body?: string | Readonly<Record<string, unknown>>
}

/** The ack of a request, and the command in it, if there is one. */
export interface DecodedRequest {
  readonly ack: Ack
  readonly invocation?: Invocation
}

/** How to answer in the response itself, for a service that has no other way, or no better one. */
export interface SynchronousAnswer {
  /** How long the service waits, in milliseconds. Replaces ANSWER_IN_ACK_MS. */
  readonly withinMs: number
  /** Returns whether to answer this request that way. Default: every request. */
  isFor?(verified: Verified): boolean
  /** Returns the ack that shows all replies in order; undefined if there is none, and each reply is to be delivered. */
  show(replies: readonly Reply[], verified: Verified): Ack | undefined
  /** Returns the ack for a call that takes longer. */
  late(verified: Verified): Ack
}

/**
 * Accepts what came over a connection, like a webhook: decodes, journals and queues it. Resolves to the ack once it is stored.
 * Rejects if it could not be stored; then it must not be acknowledged. `send` transmits the ack, and rejects if that fails;
 * without it, replies can't be sent in the ack.
 */
export type Accept = (verified: Verified, send?: (ack: Ack) => Promise<void>) => Promise<Ack>

/** A chat service: it verifies requests, decodes them, and delivers replies. */
export interface Platform {
  readonly name: string
  /** Paths below `/{name}` that accept webhooks by POST, like `/webhook`. `/*` matches one segment, which is never logged. */
  readonly webhooks: readonly string[]
  /** Those that also accept GET, with everything in the query. */
  readonly getWebhooks?: readonly string[]
  /** True if `user.handle` is unique and verified with each request. Rules can then name a user as `@handle`. */
  readonly provesHandles?: boolean
  /** True if rooms of a tenant can share a name. Operators are then told to use ids. */
  readonly sharesRoomNames?: boolean
  /** Maximum length of one text, in characters. Longer ones are split at line ends. */
  readonly maxTextLength: number
  /**
   * Returns whether a later reply with the same `updateKey` can replace this one. Default: always. If it can't, only some of
   * these replies are delivered, and always the last.
   */
  canEdit?(reply: Reply): boolean
  /** Returns what doesn't fit into the service's card, as text. It is sent as a separate reply. Default: everything fits. */
  cardOverflow?(card: Card): string
  /** True if the service shows the sender's name of a notification. Otherwise it is written before the text. */
  readonly showsSender?: boolean
  /** Throws AuthenticationError if the headers already show that a request isn't authenticated. Its body is then not read. */
  verifyHead?(head: WebhookHead): void
  /** Verifies which installation a request comes from. Throws AuthenticationError if it can't, HttpError for an invalid body. */
  verify(request: WebhookRequest): Promise<Verified>
  /** Returns the immediate response and the command, if there is one. A method, so that it can name its own payload type. */
  decode(verified: Verified): DecodedRequest
  /**
   * Returns an ack that shows this reply, for a service that shows replies in acks. It is then not delivered separately. Called
   * if the call ended within ANSWER_IN_ACK_MS with a single reply that has no `updateKey`. Returns undefined if the reply would
   * look worse there or could be refused; it is then delivered.
   */
  answer?(reply: Reply, verified: Verified, invocation: Invocation): Ack | Promise<Ack | undefined> | undefined
  /** Set if replies belong in the response itself. Otherwise `answer` decides. */
  readonly synchronous?: SynchronousAnswer
  /**
   * Resolves when it is this reply's turn, for a service with strict rate limits; `deliver` follows. If the process stops
   * before that, the next one sends the reply.
   */
  awaitTurn?(reply: Reply, invocation: Invocation): Promise<void>
  /** Sends one reply to where the invocation came from. Throws DeliveryError if it can't. */
  deliver(reply: Reply, invocation: Invocation): Promise<void>
  /** Called when a call has ended and nothing more will be delivered, to finish what the service still shows as pending. */
  onInvocationEnd?(invocation: Invocation, outcome: Outcome): Promise<void>
  /** Returns the part of `replyTo` that is still valid days later; undefined if none of it is. */
  durableReplyTo?(replyTo: unknown): unknown
  /**
   * Returns the rooms that the bot can post to without being asked: those in `names` (ids or `#names`), or by default those
   * that have an installation of their own. Limited to one installation if that is given.
   */
  listRooms?(names: readonly string[] | undefined, installation?: string): AsyncIterable<ReplyTarget>
  /**
   * Returns the rooms with this id, or with this name regardless of case, that the bot can post to without being asked, in all
   * installations, each once. Throws if that can't be determined now.
   */
  findRooms?(idOrName: string): AsyncIterable<ReplyTarget>
  /** Returns whether the installation still exists. Leave out if the service doesn't report removals. */
  isInstalled?(installation: string): Promise<boolean>
  /**
   * Opens and holds a connection, for a service that the bot connects to. Calls `connected` each time it is established.
   * Resolves after the signal is aborted and the connection is closed properly. Rejects with ConnectionError if it is lost or
   * refused; it is then called again after an increasing delay, indefinitely. `isHeld` returns whether this process still
   * holds the connection's lease. A process that was paused can learn that it does not before the signal is aborted, so ask
   * before you send anything that waited for a timer.
   */
  connect?(accept: Accept, signal: AbortSignal, connected: () => void, isHeld?: () => boolean): Promise<void>
  /** True if replies are sent over that connection too. The process that holds it then delivers for all processes. */
  readonly deliversByConnection?: boolean
  /** Adds more routes, which must be under `/{name}` and are written as full paths. */
  routes?(router: Router): void
  /** Registers the commands with the service. Without `apply`, only returns what it would change. */
  register?(options: { readonly apply: boolean }): Promise<Registration>
}

/** The part of a platform that is needed to post without being asked. */
export type ProactivePlatform = Pick<Platform, 'name' | 'durableReplyTo' | 'listRooms' | 'findRooms' | 'isInstalled'>

/** What a registration changed or would change. The texts are for the operator. */
export interface Registration {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** What must be done by hand, and what failed. */
  readonly notes: readonly string[]
  /** A document to paste into the service as JSON. */
  readonly document?: object
  /** A file to upload to the service. The command line saves it in the current folder. */
  readonly file?: { readonly name: string; readonly bytes: Uint8Array }
}

/** A token for an address that commands are posted to, created by the operator. */
export interface CommandToken {
  readonly id: string
  readonly name: string
  /** The room that its commands come from, whatever the request says. */
  readonly room: string
  /** The address for late results. Secret. */
  readonly replyTo?: string | undefined
}

/** Looks up tokens for addresses that commands are posted to. */
export interface CommandTokens {
  /** Finds a token and records its use. Undefined if it is unknown, revoked or expired. Throws HttpError if it can't be used now. */
  find(token: string): Promise<CommandToken | undefined>
  findById(id: string): Promise<CommandToken | undefined>
}

/** What a bot passes to a platform when it starts. */
export interface PlatformDeps {
  /** The bot's public URL, without a slash at the end. */
  readonly baseUrl: string
  readonly installations: Installations
  readonly store: Store
  readonly request: HttpClient
  readonly catalog: Catalog
  /** Encrypts access tokens in the store. Without it, they are kept in memory only. */
  readonly encryptor?: Encryptor
  readonly log: Logger
  /** Without it, there are no addresses that commands are posted to with a token. */
  readonly commandTokens?: CommandTokens
  /** Called for each access token that is requested, for the metrics. */
  readonly onTokenFetched?: ((platform: string) => void) | undefined
}

/** Starts a platform from its settings. Returns undefined if they aren't set. Throws ConfigError if one is invalid. */
export type PlatformFactory = (env: NodeJS.ProcessEnv, deps: PlatformDeps) => Platform | undefined
