import type { PostedReply } from '../model/notification.js'
import type { RefusedError } from './refusal.js'
import type { Sender } from './sender.js'

/** A sender's request, not verified yet. */
export interface SenderRequest {
  readonly method: string
  /** Below the bot's base path and still percent-encoded, without doubled or trailing slashes. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** The bot's address without a trailing slash; links in answers begin with it. */
  readonly baseUrl?: string | undefined
}

/** The answer to a sender. */
export interface SenderAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body as sent, if any. Its `content-type` is in the headers. */
  readonly body?: string
}

/** An address that senders post to, and the format it accepts. */
export interface Endpoint {
  readonly methods: readonly string[]
  /** For example `/v2/room/*room/notification`: a colon marks one segment, `*` one or more. */
  readonly path: string
  /** True for an address that only tells a client that it is wrong: another application may have it for its own. */
  readonly isYielded?: boolean
  /** Reads a post, passes it to the notifier and returns the answer. Throws RefusedError if nothing was posted. */
  enter(request: SenderRequest, params: Readonly<Record<string, string>>, notifier: Notifier): Promise<SenderAnswer>
  /** Formats a refusal; `error` may also come from an HttpError or UnavailableError. */
  refuse(error: Refusal): SenderAnswer
}

/** A refusal with what every format needs. */
export type Refusal = Pick<RefusedError, 'message' | 'reason' | 'status' | 'headers'>

/** What endpoints use. */
export interface Notifier {
  /** The sender of a token; counts one post against its rate. Throws RefusedError. */
  authenticate(token: string | undefined): Promise<Authenticated>
  /** Stores it for all rooms; it is kept when this resolves. Throws RefusedError, UnavailableError. */
  post(sender: Sender, post: Post): Promise<{ readonly id: string }>
  /** The rooms that a sender can post to, as far as they are known by name. */
  listRooms(sender: Sender): Promise<readonly ReachableRoom[]>
  /** The room that a sender named. Throws RefusedError. */
  findRoom(sender: Sender, room: string): Promise<ReachableRoom>
  findReceipt(sender: Sender, id: string): Promise<Receipt | undefined>
}

/** An authenticated sender. */
export interface Authenticated {
  readonly sender: Sender
  /** `X-Ratelimit-Limit`, `-Remaining` and `-Reset`, if the sender has a limit. */
  readonly headers: Readonly<Record<string, string>>
}

/** A post. */
export interface Post {
  /** As written, percent-decoded once; undefined: all rooms of the token. */
  readonly room: string | undefined
  /** Several rooms instead of one, as written. */
  readonly rooms?: readonly string[] | undefined
  readonly reply: PostedReply
  /** Its topic: a later post with the same key updates this one. */
  readonly key?: string | undefined
  /** A repetition within a day is answered like the first one and posted once. */
  readonly idempotencyKey?: string | undefined
  /** Identifies the body, to detect reuse of an idempotency key. */
  readonly fingerprint: string
}

/** A room that a sender can post to. */
export interface ReachableRoom {
  /** For example `slack:C0123`. */
  readonly address: string
  readonly id: string
  readonly name: string
  readonly platform: string
}

/** The delivery state of a notification in each room. */
export interface Receipt {
  readonly id: string
  readonly rooms: readonly {
    readonly room: string
    readonly state: 'waiting' | 'delivered' | 'refused'
    readonly reason?: string
  }[]
}
