import type Router from '@koa/router'
import type { Catalog } from '../model/command.js'
import type { Encryptor } from '../model/encryptor.js'
import type { Installation } from '../model/installation.js'
import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Outcome, Reply } from '../model/reply.js'
import type { ReplyTarget } from '../model/schedule.js'
import type { HttpClient } from '../net/http-client.js'
import type { Installations } from '../stores/installations.js'
import type { Store } from '../stores/store.js'

/** What comes of a webhook before its body. */
export interface WebhookHead {
  readonly method: string
  /** The path below `/{platform}`, such as `/webhook`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. A header that came twice is joined as Node joins it. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A webhook as it came off the socket: nothing parsed, nothing believed. */
export interface WebhookRequest extends WebhookHead {
  /** The raw bytes, as signed. */
  readonly body: Buffer
  /** When it came, in milliseconds since 1970. */
  readonly receivedAt: number
}

/** What `verify` proved, and learned on the way. */
export interface Verified<Payload = unknown> {
  readonly installation: Installation
  /** The body as `verify` read it, in the platform's own shape. */
  readonly payload: Payload
  /** What the request was proven with, where that is good for it alone: the journal takes it once. */
  readonly replayToken?: ReplayToken | undefined
  /** When it came, in milliseconds since 1970. */
  readonly receivedAt: number
}

/** What to answer at once. */
export interface Ack {
  readonly status: number
  /** Sent as JSON where it is an object. */
  readonly body?: string | Readonly<Record<string, unknown>>
}

/** An ack, and what was asked, if anything was. */
export interface DecodedRequest {
  readonly ack: Ack
  readonly invocation?: Invocation
}

/** A chat service, in three verbs. */
export interface Platform {
  readonly name: string
  /** Paths below `/{name}` that take webhooks by POST, such as `/webhook`. */
  readonly webhooks: readonly string[]
  /** Those of them that take GET too, with all that is said in the query. */
  readonly getWebhooks?: readonly string[]
  /** True where `user.handle` is a name that nobody else has, and each request proves it: then `@handle` may stand for its user. */
  readonly provesHandles?: boolean
  /** True where several rooms of a tenant may have the same name: the operator is told to write their ids. */
  readonly sharesRoomNames?: boolean
  /** Characters that one text may have; the outbox splits what is longer at line ends. */
  readonly maxTextLength: number
  /**
   * Whether a later reply of the same name can take this one's place; left out, it always can. Where it cannot, the outbox
   * lets only some of such replies through, and always the last.
   */
  canEdit?(reply: Reply): boolean
  /** Throws AuthenticationError where the proof must be in the head and is not: then no body is read. */
  verifyHead?(head: WebhookHead): void
  /** Proves that the request comes from an installation, or throws AuthenticationError; HttpError for a body that is none. */
  verify(request: WebhookRequest): Promise<Verified>
  /** Says what to answer at once, and what was asked, if anything was. As a method, it may name its own payload's type. */
  decode(verified: Verified): DecodedRequest
  /**
   * The ack that shows this reply at once, where the service shows what rides in it: then nothing else is delivered. Asked
   * where it is all that the call says, and it ended within ANSWER_IN_ACK_MS.
   */
  answer?(reply: Reply, verified: Verified): Ack | undefined
  /** Sends one reply to where the invocation came from, or throws DeliveryError. */
  deliver(reply: Reply, invocation: Invocation): Promise<void>
  /** Told that a call has ended and nothing more will be delivered, where something there still waits for an answer. */
  onInvocationEnd?(invocation: Invocation, outcome: Outcome): Promise<void>
  /** The part of `replyTo` that lasts, for what is said days later; undefined where none of it does. */
  durableReplyTo?(replyTo: unknown): unknown
  /**
   * The rooms that can be spoken in without having been asked there: those of `names`, ids or `#names`; without, those
   * that have an installation to themselves. Of one installation, where that is given.
   */
  listRooms?(names: readonly string[] | undefined, installation?: string): AsyncIterable<ReplyTarget>
  /** Whether the installation still exists; left out if the service does not report removals. */
  isInstalled?(installation: string): Promise<boolean>
  /** What else it serves under `/{name}`; paths are written whole. */
  routes?(router: Router): void
  /** Tells the service which commands there are, where it wants to know; without `apply` only says what it would tell. */
  register?(options: { readonly apply: boolean }): Promise<Registration>
}

/** The part of a platform that is needed to post to rooms unasked. */
export type ProactivePlatform = Pick<Platform, 'name' | 'durableReplyTo' | 'listRooms' | 'isInstalled'>

/** What registering changed, or would change; empty lists where the service knows already. Texts are for the operator. */
export interface Registration {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** What somebody must do by hand, and what could not be had. */
  readonly notes: readonly string[]
  /** What the service takes by hand only, to be pasted there as JSON. */
  readonly document?: object
}

/** What a platform is given to start with. */
export interface PlatformDeps {
  /** What the outside calls the bot by, without a slash at the end. */
  readonly baseUrl: string
  readonly installations: Installations
  readonly store: Store
  readonly request: HttpClient
  readonly catalog: Catalog
  /** Encrypts access tokens in the store; left out, they stay in memory. */
  readonly encryptor?: Encryptor
  readonly log: Logger
  /** Told of each access token asked for; for figures. */
  readonly onTokenFetched?: ((platform: string) => void) | undefined
}

/** Starts a platform from its share of the environment; undefined where that is not set. Throws ConfigError. */
export type PlatformFactory = (env: NodeJS.ProcessEnv, deps: PlatformDeps) => Platform | undefined
