import type { ClaimableSlot } from '../delivery/ack-slot.js'
import type { Invocation } from '../model/invocation.js'
import type { ReplayToken } from '../model/replay-protection.js'
import type { Outcome, Reply } from '../model/reply.js'

/** Stores accepted invocations and how they ended. It does not run anything. */
export interface Journal {
  /**
   * Stores the invocation and returns its entry if it is new. Resolves when it is on disk or in Redis. Throws
   * UnavailableError if it cannot be stored, AuthenticationError if `replayToken` was seen before. Both are stored in one
   * step.
   */
  accept(invocation: Invocation, options?: AcceptOptions): Promise<JournalEntry | undefined>
  /** Records the token of a request without an invocation. Throws AuthenticationError if it was seen before. */
  recordReplayToken(replayToken: ReplayToken): Promise<void>
  /**
   * Hands over entries that earlier processes left, and from now on those of processes that die, as many at a time as there
   * is capacity for.
   */
  recover(recovery: Recovery): Promise<void>
  /** Resolves when a probe was written the way invocations are. Throws UnavailableError with the reason if that fails. */
  probe(): Promise<void>
  /** Called when the bot stops: nothing more is recovered, and failed writes are left to others. */
  drain(): void
  /** Whether another process will take over the entries of this one: it is alive, shares the store and is not stopping. */
  hasSuccessor(): Promise<boolean>
  /** Resolves when everything is on disk. */
  close(): Promise<void>
  /** The audit record of an invocation, open or closed; undefined if it is unknown. */
  findRecord(id: string): Promise<AuditRecord | undefined>
  /** Audit records, newest first. */
  audit(options?: { readonly limit?: number; readonly since?: number }): AsyncIterable<AuditRecord>
}

/** Options for storing an invocation. */
export interface AcceptOptions {
  readonly replayToken?: ReplayToken | undefined
  /** True if it runs as soon as it is stored, which saves a second write. */
  readonly begun?: boolean
}

/** Receives entries that other processes left. */
export interface Recovery {
  take(entry: JournalEntry): void
  /** How many more it can take. */
  capacity(): number
}

/** The checkpoints of a call, in order; each promise resolves when the checkpoint would survive kill -9. */
export interface JournalEntry {
  readonly invocation: Invocation
  /** What an earlier process left; undefined for a new entry, or if the run had not begun. */
  readonly recovery?: RecoveryState | undefined
  /** The slot in the request's acknowledgement, if it has one. */
  readonly ackSlot?: ClaimableSlot
  /** The run begins. */
  begin(): Promise<void>
  /** The run produced a reply. */
  record(reply: Reply): Promise<void>
  /** The first undelivered reply is about to be sent. Rejects if another process took over the entry. */
  sending(): Promise<void>
  /** The attempt definitely failed, so the reply is sent again, even after a crash. */
  unsent(): Promise<void>
  /** The reply was delivered. `last`: the entry is closed next, and that write includes this checkpoint. */
  sent(last?: boolean): Promise<void>
  /** The first undelivered reply is dropped. */
  drop(): Promise<void>
  /** The run is over: nothing more will be recorded. */
  end(outcome: Outcome): Promise<void>
  /** The entry is done. Rejects if another process took it over. */
  close(outcome: Outcome): Promise<void>
  /** Releases it to any other process. */
  release(): Promise<void>
}

/** How far an earlier process got with an entry whose run had begun. */
export interface RecoveryState {
  /** Recorded but possibly not delivered, in order. */
  readonly replies: readonly Reply[]
  /** How many replies were delivered. */
  readonly shown: number
  /** True if the process died while sending the first of `replies`, which may or may not have arrived. */
  readonly doubtful: boolean
  /** How many processes died while it ran; the call itself may be the cause. */
  readonly deaths: number
  /** The outcome of the run, if it ended. */
  readonly ended?: Outcome
}

/** An invocation's audit record. It contains no secrets and no reply texts. */
export interface AuditRecord {
  readonly id: string
  readonly platform: string
  readonly tenant: string
  readonly room: string
  readonly user: string
  /** Their names at that time, if the platform gave them. */
  readonly tenantName?: string | undefined
  readonly roomName?: string | undefined
  readonly userName?: string | undefined
  /** The line as typed. */
  readonly text: string
  readonly outcome?: Outcome
  /** Events with their times in milliseconds since 1970: accepted, begun, ended, sent, handed over, taken over, closed. */
  readonly events: readonly { readonly what: string; readonly at: number }[]
}
