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

/** What comes of a webhook before its body. */
export interface WebhookHead {
  readonly method: string
  /** The path below `/{platform}`, such as `/webhook`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. A header that came twice is joined as Node joins it. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The address of whoever opened the connection: a proxy's, where there is one. */
  readonly peer?: string | undefined
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

/** Of a service that shows what comes in the answer to its request, and has no other way, or none as good. */
export interface SynchronousAnswer {
  /** How long it waits, in milliseconds, whatever ANSWER_IN_ACK_MS. */
  readonly withinMs: number
  /** Left out, each request is answered so. */
  isFor?(verified: Verified): boolean
  /** The ack that shows all that the call said, in order; undefined where none can: then each is delivered. */
  show(replies: readonly Reply[], verified: Verified): Ack | undefined
  /** The ack of a call that takes longer. */
  late(verified: Verified): Ack
}

/**
 * Takes in what came over a connection as what came by a webhook: decoded, journaled, queued. Resolves with the ack once it
 * is kept; rejects where it was not: then the far side must hear nothing good. `send` hands the ack over, and rejects where
 * it could not: only with it the answer may ride in the ack.
 */
export type Accept = (verified: Verified, send?: (ack: Ack) => Promise<void>) => Promise<Ack>

/** A chat service, in three verbs. */
export interface Platform {
  readonly name: string
  /** Paths below `/{name}` that take webhooks by POST, such as `/webhook`; in `/*` stands one segment, which no log has. */
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
  /** What of a card has no room in it there, as text: it follows as a reply of its own. Left out, cards have room for all. */
  cardOverflow?(card: Card): string
  /** True where what a sender posts is shown with the name that it gave itself; elsewhere that stands before the text. */
  readonly showsSender?: boolean
  /** Throws AuthenticationError where the proof must be in the head and is not: then no body is read. */
  verifyHead?(head: WebhookHead): void
  /** Proves that the request comes from an installation, or throws AuthenticationError; HttpError for a body that is none. */
  verify(request: WebhookRequest): Promise<Verified>
  /** Says what to answer at once, and what was asked, if anything was. As a method, it may name its own payload's type. */
  decode(verified: Verified): DecodedRequest
  /**
   * The ack that shows this reply at once, where the service shows what rides in it: then nothing else is delivered. Asked
   * where the call ended within ANSWER_IN_ACK_MS, and this is all that it says; never for one that has an `updateKey`.
   * Undefined for what is shown worse there, or may be refused: it is delivered.
   */
  answer?(reply: Reply, verified: Verified, invocation: Invocation): Ack | Promise<Ack | undefined> | undefined
  /** Left out, an answer rides in the ack as `answer` says, if at all. */
  readonly synchronous?: SynchronousAnswer
  /**
   * Resolves when this reply is next, where the service takes few at a time; `deliver` follows. What still waits was not sent,
   * and is sent by whoever comes after this process.
   */
  awaitTurn?(reply: Reply, invocation: Invocation): Promise<void>
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
  /**
   * The rooms that exist and can be posted to unasked, each once: that of this id, or those of this name without regard to
   * case, in all installations. None where there is no such room; throws where it cannot be known now.
   */
  findRooms?(idOrName: string): AsyncIterable<ReplyTarget>
  /** Whether the installation still exists; left out if the service does not report removals. */
  isInstalled?(installation: string): Promise<boolean>
  /**
   * Where the bot calls the service and not the other way round: opens the connection and holds it. Calls `connected` each
   * time that it stands. Resolves when the signal is aborted and it has left politely; rejects with ConnectionError when it
   * was lost or refused: then it is called again, after a while that grows, without end.
   */
  connect?(accept: Accept, signal: AbortSignal, connected: () => void): Promise<void>
  /** True where replies go over that connection too: the process that holds it delivers for all. */
  readonly deliversByConnection?: boolean
  /** What else it serves under `/{name}`; paths are written whole. */
  routes?(router: Router): void
  /** Tells the service which commands there are, where it wants to know; without `apply` only says what it would tell. */
  register?(options: { readonly apply: boolean }): Promise<Registration>
}

/** The part of a platform that is needed to post to rooms unasked. */
export type ProactivePlatform = Pick<Platform, 'name' | 'durableReplyTo' | 'listRooms' | 'findRooms' | 'isInstalled'>

/** What registering changed, or would change; empty lists where the service knows already. Texts are for the operator. */
export interface Registration {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** What somebody must do by hand, and what could not be had. */
  readonly notes: readonly string[]
  /** What the service takes by hand only, to be pasted there as JSON. */
  readonly document?: object
  /** What is to be uploaded there, which the command line writes where it runs. */
  readonly file?: { readonly name: string; readonly bytes: Uint8Array }
}

/** A token that the operator made for an address that commands are posted to. */
export interface CommandToken {
  readonly id: string
  readonly name: string
  /** The room that its commands are from, whatever they say. */
  readonly room: string
  /** Where late results go: secret. */
  readonly replyTo?: string | undefined
}

/** The tokens of addresses that commands are posted to. */
export interface CommandTokens {
  /** Counts one use. Undefined for one that is unknown, revoked or expired; throws HttpError for one that cannot be used. */
  find(token: string): Promise<CommandToken | undefined>
  findById(id: string): Promise<CommandToken | undefined>
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
  /** Left out, commands are posted to no address with a token. */
  readonly commandTokens?: CommandTokens
  /** Told of each access token asked for; for figures. */
  readonly onTokenFetched?: ((platform: string) => void) | undefined
}

/** Starts a platform from its share of the environment; undefined where that is not set. Throws ConfigError. */
export type PlatformFactory = (env: NodeJS.ProcessEnv, deps: PlatformDeps) => Platform | undefined
