import type { CardField, Tone } from '../../model/reply.js'
import type { FormatName } from './wire-formats.js'

/** Where a notification goes, what it shows besides its text, and how long it is tried. */
export interface NotifyOptions {
  /**
   * A bot's or a HipChat server's address, or that of an incoming webhook. Private networks may be called: pass only
   * addresses that you chose.
   */
  readonly to: string | URL
  /** What the address takes; detected from its form if left out. */
  readonly as?: FormatName | undefined
  /** For a bot or a HipChat server; the others' addresses are secret themselves. */
  readonly token?: string | undefined
  /** Left out, a bot posts to all the rooms of its token, and a webhook to its own. */
  readonly room?: string | undefined
  readonly title?: string | undefined
  /** Where the title leads. */
  readonly url?: string | undefined
  readonly tone?: Tone | undefined
  /** At most 25. */
  readonly fields?: readonly Pick<CardField, 'label' | 'value'>[] | undefined
  /** A later notification of the same key takes this one's place, or follows it. */
  readonly key?: string | undefined
  /** The sender's name, where the service shows one. */
  readonly from?: string | undefined
  /** Whether devices should sound, on a HipChat server. */
  readonly notify?: boolean | undefined
  /** Milliseconds that one try may take. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds for which each post is tried again where that may help; 0: one try. Default 60,000. */
  readonly retryForMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before each wait, and after each post. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** How far it is. */
export interface Progress {
  /** Posts that arrived, and how many there are. */
  readonly arrived: number
  readonly posts: number
  /** Why the last try failed, and the milliseconds until the next. */
  readonly retry?: { readonly reason: string; readonly pauseMs: number }
}

/** What became of it. */
export interface Arrival {
  readonly as: FormatName
  /** More than one where the text was longer than the service takes. */
  readonly posts: number
  /** What the service calls them, where it tells; a bot has receipts under these. */
  readonly ids: readonly string[]
}
