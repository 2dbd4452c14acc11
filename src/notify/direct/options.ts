import type { CardField, Tone } from '../../model/reply.js'
import type { FormatName } from './wire-formats.js'

/** Where a notification goes, what it shows besides its text, and how long to retry. */
export interface NotifyOptions {
  /**
   * The address of a bot, a HipChat server or an incoming webhook. Private networks are allowed, so don't pass an address
   * from an untrusted source.
   */
  readonly to: string | URL
  /** The format to post in. Default: detected from the address. */
  readonly as?: FormatName | undefined
  /** The token, for a bot or a HipChat server. The addresses of incoming webhooks contain their secret. */
  readonly token?: string | undefined
  /** The room. Default: all the rooms of the token, or the webhook's own room. */
  readonly room?: string | undefined
  readonly title?: string | undefined
  /** The link of the title. */
  readonly url?: string | undefined
  readonly tone?: Tone | undefined
  /** At most 25. */
  readonly fields?: readonly Pick<CardField, 'label' | 'value'>[] | undefined
  /** A later notification with the same key replaces this one or follows it. */
  readonly key?: string | undefined
  /** The sender's name, if the service shows one. */
  readonly from?: string | undefined
  /** Whether to alert people's devices, on a HipChat server. */
  readonly notify?: boolean | undefined
  /** Time limit of one attempt, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number | undefined
  /** How long to retry each post, in milliseconds; 0 for a single attempt. Default: 60,000. */
  readonly retryForMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before each pause and after each post. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Progress of a notification. */
export interface Progress {
  /** How many posts have arrived, out of `posts`. */
  readonly arrived: number
  readonly posts: number
  /** Why the last attempt failed, and the milliseconds until the next. */
  readonly retry?: { readonly reason: string; readonly pauseMs: number }
}

/** A notification that has arrived. */
export interface Arrival {
  readonly as: FormatName
  /** How many posts it took: more than one if the text was too long for one. */
  readonly posts: number
  /** The ids that the service assigned, if it returns them. For a bot, these are the ids of the receipts. */
  readonly ids: readonly string[]
}
