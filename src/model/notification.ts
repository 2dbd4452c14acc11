import type { Reply } from './reply.js'

/** What is shown, and who or what speaks by the sender's own word, where it said so. */
export type PostedReply = Reply & { readonly from?: string | undefined }

/** What a sender posts. Plain JSON: the journal keeps it with the invocation that carries it. */
export interface Notification {
  /** What its receipt is asked for by. */
  readonly id: string
  /** Of the token that it was posted with; the token itself is kept nowhere. */
  readonly sender: { readonly id: string; readonly name: string }
  /** What is shown. */
  readonly reply: PostedReply
  /** What it is news of: later news of the same from the same sender takes this one's place, where the platform can edit. */
  readonly key?: string | undefined
  /** True where names in it may wake people: the operator allowed that to the token. */
  readonly mentions?: boolean | undefined
  /** The rooms that it is to be fanned out to, as they were written; left out, it is for the invocation's own room. */
  readonly rooms?: readonly string[] | undefined
}
