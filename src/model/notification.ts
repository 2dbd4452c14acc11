import type { Reply } from './reply.js'

/** A reply, and the author that the sender named, if any. */
export type PostedReply = Reply & { readonly from?: string | undefined }

/** A sender's post. Plain JSON: the journal stores it with its invocation. */
export interface Notification {
  /** The id of its receipt. */
  readonly id: string
  /** The name of the sender's token; the token itself is stored nowhere. */
  readonly sender: { readonly id: string; readonly name: string }
  /** What is shown. */
  readonly reply: PostedReply
  /** Identifies its topic: a later post with the same key from the same sender replaces this one, if the platform can edit. */
  readonly key?: string | undefined
  /** True if it may mention people: the operator allowed that for the token. */
  readonly mentions?: boolean | undefined
  /** The rooms to fan it out to, as written. If left out, it goes to the invocation's own room. */
  readonly rooms?: readonly string[] | undefined
}
