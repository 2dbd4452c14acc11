import type { Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay.js'
import type { Outcome, Reply } from '../model/reply.js'

/** What was accepted, and how it ended. */
export interface Journal {
  /**
   * Writes the invocation down and says whether it is new. Resolves when it is kept (on disk, or in Redis).
   * Throws UnavailableError when it cannot be, or when too much is open already; AuthenticationError where `proof` was shown
   * before. Both are kept in one step: what is new is never kept with a proof that is not.
   */
  accept(invocation: Invocation, replayToken?: ReplayToken): Promise<boolean>
  /** Notes a proof with which nothing was asked. Throws AuthenticationError where it was shown before. */
  recordReplayToken(replayToken: ReplayToken): Promise<void>
  /** True while nothing more is taken: ask before any work is done for a request. */
  full(): boolean
  /**
   * Hands over entries, the rooms in turn, at most `concurrency` that have not ended at a time: what is accepted from
   * now on, what an earlier process left, and what other processes leave when they die.
   */
  start(work: Processor): Promise<void>
  /** Starts nothing more; what had not begun is left to others. Resolves when what had begun is closed, or after `graceMs`. */
  stop(graceMs: number): Promise<void>
  /** One invocation's story, open or closed; undefined where it is unknown. */
  story(id: string): Promise<AuditRecord | undefined>
  /** Who ran what, where, with which outcome: newest first. */
  audit(options?: { readonly limit?: number; readonly since?: number }): AsyncIterable<AuditRecord>
  /** How many are open here: waiting, running or being delivered. */
  open(): { readonly waiting: number; readonly running: number; readonly delivering: number }
}

/** Sees one entry through to its end. The journal closes the entry with the outcome when this resolves. */
export type Processor = (entry: JournalEntry) => Promise<Outcome>

/** One accepted invocation in hand. Its marks are kept in order; each promise resolves when its mark would survive kill -9. */
export interface JournalEntry {
  readonly invocation: Invocation
  /** What an earlier process left of it; undefined for a new one, or one whose run had not begun. */
  readonly recovery?: RecoveryState | undefined
  /** The run begins now. */
  begin(): Promise<void>
  /** The run produced this. */
  record(reply: Reply): Promise<void>
  /** The first reply recorded and not shown is about to be handed over. Rejects when another process took the entry. */
  sending(): Promise<void>
  /** That attempt failed for certain, and will be made again: after a crash now, the reply is sent and not doubted. */
  unsent(): Promise<void>
  /** It has been shown. With `last`, what closes the entry follows at once, and it is that which keeps this mark. */
  sent(last?: boolean): Promise<void>
  /** The first reply recorded and not shown will never be: it is dropped. */
  drop(): Promise<void>
  /** The run is over: nothing more will be recorded, and its place is free for another. */
  end(outcome: Outcome): Promise<void>
}

/** How far an earlier process had come with an entry whose run had begun. */
export interface RecoveryState {
  /** Recorded and not known to be shown, in order. */
  readonly replies: readonly Reply[]
  /** How many had been shown. */
  readonly shown: number
  /** True when it died while it was handing over the first of `replies`: nobody knows whether that arrived. */
  readonly doubtful: boolean
  /** How the run ended, where it had. */
  readonly ended?: Outcome
}

/** One invocation's story. It holds no secrets, and no reply's text. */
export interface AuditRecord {
  readonly id: string
  readonly platform: string
  readonly tenant: string
  readonly room: string
  readonly user: string
  /** The line as typed. */
  readonly text: string
  readonly outcome?: Outcome
  /** What happened when, in milliseconds since 1970: accepted, begun, ended, sent, taken over, closed. */
  readonly events: readonly { readonly what: string; readonly at: number }[]
}
