import type { ClaimableSlot } from '../delivery/ack-slot.js'
import type { Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Outcome, Reply } from '../model/reply.js'

/** What was accepted, and how it ended. It writes down, and starts nothing. */
export interface Journal {
  /**
   * Writes the invocation down, and gives its entry where it is new. Resolves when it is kept (on disk, or in Redis).
   * Throws UnavailableError when it cannot be; AuthenticationError where `replayToken` was shown before. Both are kept in
   * one step: what is new is never kept with a token that is not.
   */
  accept(invocation: Invocation, options?: AcceptOptions): Promise<JournalEntry | undefined>
  /** Notes a token with which nothing was asked. Throws AuthenticationError where it was shown before. */
  recordReplayToken(replayToken: ReplayToken): Promise<void>
  /**
   * Hands over what earlier processes left, and from now on what others leave when they die, at most as many at a time as
   * there is room for.
   */
  recover(recovery: Recovery): Promise<void>
  /** Resolves when something was written as an invocation is. Throws UnavailableError, with what keeps it from that. */
  probe(): Promise<void>
  /** The bot stops: nothing more is recovered, and what cannot be written at once is left to others. */
  drain(): void
  /** Whether another live process takes over what this one leaves: it shares the store, works, and is not stopping. */
  hasSuccessor(): Promise<boolean>
  /** Resolves when all is on disk. */
  close(): Promise<void>
  /** One invocation's record, open or closed; undefined where it is unknown. */
  findRecord(id: string): Promise<AuditRecord | undefined>
  /** Who ran what, where, with which outcome: newest first. */
  audit(options?: { readonly limit?: number; readonly since?: number }): AsyncIterable<AuditRecord>
}

/** How an invocation is written down. */
export interface AcceptOptions {
  readonly replayToken?: ReplayToken | undefined
  /** True where it runs as soon as it is kept: written down with it, that saves a second write. */
  readonly begun?: boolean
}

/** What takes over the entries that other processes left. */
export interface Recovery {
  take(entry: JournalEntry): void
  /** How many more may be taken. */
  capacity(): number
}

/** Where a call marks how far it has come, in order; each promise resolves when its mark would survive kill -9. */
export interface JournalEntry {
  readonly invocation: Invocation
  /** What an earlier process left of it; undefined for a new one, or one whose run had not begun. */
  readonly recovery?: RecoveryState | undefined
  /** Where what it says may ride in the acknowledgement of its request. */
  readonly ackSlot?: ClaimableSlot
  /** The run begins now. */
  begin(): Promise<void>
  /** The run produced this. */
  record(reply: Reply): Promise<void>
  /** The first reply recorded and not shown is about to be handed over. Rejects when another process took the entry. */
  sending(): Promise<void>
  /** That attempt failed for certain, and will be made again, after a crash too: the reply cannot have arrived. */
  unsent(): Promise<void>
  /** It has been shown. With `last`, what closes the entry follows at once, and it is that which keeps this mark. */
  sent(last?: boolean): Promise<void>
  /** The first reply recorded and not shown will never be: it is dropped. */
  drop(): Promise<void>
  /** The run is over: nothing more will be recorded. */
  end(outcome: Outcome): Promise<void>
  /** Nothing more will be done for it. Rejects when another process took the entry. */
  close(outcome: Outcome): Promise<void>
  /** Leaves it to any other process. */
  release(): Promise<void>
}

/** How far an earlier process had come with an entry whose run had begun. */
export interface RecoveryState {
  /** Recorded and not known to be shown, in order. */
  readonly replies: readonly Reply[]
  /** How many had been shown. */
  readonly shown: number
  /** True when the process died while sending the first of `replies`: it may or may not have arrived. */
  readonly doubtful: boolean
  /** How often its run began and its process died under it: what one of them does may be what ends them. */
  readonly deaths: number
  /** How the run ended, where it had. */
  readonly ended?: Outcome
}

/** One invocation's audit record. It holds no secrets, and no reply's text. */
export interface AuditRecord {
  readonly id: string
  readonly platform: string
  readonly tenant: string
  readonly room: string
  readonly user: string
  /** What they were called then, where the platform said so. */
  readonly tenantName?: string | undefined
  readonly roomName?: string | undefined
  readonly userName?: string | undefined
  /** The line as typed. */
  readonly text: string
  readonly outcome?: Outcome
  /** What happened when, in milliseconds since 1970: accepted, begun, ended, sent, handed over, taken over, closed. */
  readonly events: readonly { readonly what: string; readonly at: number }[]
}
