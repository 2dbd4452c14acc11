import type { PostedReply } from '../model/notification.js'
import type { RefusedError } from './refusal.js'
import type { Sender } from './sender.js'

/** What a sender sent, as it came off the socket: nothing is believed. */
export interface SenderRequest {
  readonly method: string
  /** Below the bot's base path and still percent-encoded; doubled slashes are one, and none stands at the end. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Where the bot is reached, without a slash at the end; links in answers begin with it. */
  readonly baseUrl?: string | undefined
}

/** What it is answered. */
export interface SenderAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body as it is sent; left out, there is none. `content-type` stands in the headers. */
  readonly body?: string
}

/** An address that senders post to, and the format that it takes. */
export interface Endpoint {
  readonly methods: readonly string[]
  /** Such as `/v2/room/*room/notification`: what begins with a colon stands for one segment, with `*` for one or more. */
  readonly path: string
  /** Reads what was posted, hands it to the notifier, and says so. Throws RefusedError, before anything has come of it. */
  enter(request: SenderRequest, params: Readonly<Record<string, string>>, notifier: Notifier): Promise<SenderAnswer>
  /** The answer to what is refused, in the format's own shape. `error` may also be HttpError's or UnavailableError's kind. */
  refuse(error: Refusal): SenderAnswer
}

/** A refusal with what every format needs of it. */
export type Refusal = Pick<RefusedError, 'message' | 'reason' | 'status' | 'headers'>

/** What endpoints do their work with. */
export interface Notifier {
  /** The sender of a token; counts one post of its rate. Throws RefusedError. */
  authenticate(token: string | undefined): Promise<Authenticated>
  /** Writes it down for every room: kept when this resolves. Throws RefusedError, UnavailableError. */
  post(sender: Sender, post: Post): Promise<{ readonly id: string }>
  /** The rooms that a sender reaches, where they are known by name. */
  listRooms(sender: Sender): Promise<readonly ReachableRoom[]>
  /** One room by what a sender wrote. Throws RefusedError. */
  findRoom(sender: Sender, room: string): Promise<ReachableRoom>
  findReceipt(sender: Sender, id: string): Promise<Receipt | undefined>
}

/** A sender that was authenticated. */
export interface Authenticated {
  readonly sender: Sender
  /** `X-Ratelimit-Limit`, `-Remaining` and `-Reset`, where the sender has a limit. */
  readonly headers: Readonly<Record<string, string>>
}

/** What is posted. */
export interface Post {
  /** As it was written, percent-decoded once; undefined: all rooms of the token. */
  readonly room: string | undefined
  /** Several rooms instead of one, each as it was written. */
  readonly rooms?: readonly string[] | undefined
  readonly reply: PostedReply
  /** What it is news of. */
  readonly key?: string | undefined
  /** Given again within a day, it is answered as the first time, and posted once. */
  readonly idempotencyKey?: string | undefined
  /** Tells one body from another under the same idempotency key. */
  readonly fingerprint: string
}

/** A room that a sender reaches. */
export interface ReachableRoom {
  /** Such as `slack:C0123`. */
  readonly address: string
  readonly id: string
  readonly name: string
  readonly platform: string
}

/** How far a notification came in each of its rooms. */
export interface Receipt {
  readonly id: string
  readonly rooms: readonly {
    readonly room: string
    readonly state: 'waiting' | 'delivered' | 'refused'
    readonly reason?: string
  }[]
}
