import { setTimeout as sleep } from 'node:timers/promises'
import { isBotError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Outcome, Reply } from '../model/reply.js'
import type { AuditRecord, JournalEntry, RecoveryState } from './journal.js'

/** The progress of an invocation, as of its last checkpoint. Plain JSON: this is what the journal stores. */
export interface EntryState {
  readonly invocation: Invocation
  begun: boolean
  ended?: Outcome
  /** Recorded but not delivered, in order. */
  readonly pending: Reply[]
  shown: number
  /** The first of `pending` is being delivered. */
  sending: boolean
  readonly events: AuditRecord['events'][number][]
}

/** An entry owned by this process. */
export interface Lease {
  state: EntryState
  /** Proves ownership; it changes when another process takes over the entry. */
  readonly token: string
  /** The pending write that will include the latest state. */
  unwritten?: Promise<void> | undefined
}

/** Stores entries. All methods throw UnavailableError if the store is unreachable, LeaseLostError if another process owns the entry. */
export interface EntryStore {
  /** Stores the progress as of the time of writing. */
  save(lease: Lease): Promise<void>
  close(lease: Lease, outcome: Outcome): Promise<void>
  /** Releases it to any other process. */
  release(lease: Lease): Promise<void>
  /** True while the bot is stopping: failed writes are left to others instead of retried. */
  readonly draining: boolean
}

/** Another process took over the entry because this one seemed dead. */
export class LeaseLostError extends Error {}

/** Creates the entry of a lease. Each checkpoint changes the state immediately and resolves when it is stored. */
export function createEntry(lease: Lease, store: EntryStore, isNew = false): JournalEntry {
  const { state } = lease
  let begun = !isNew
  let runsHere = false
  const mark = (what?: string): Promise<void> => {
    begun = true
    if (what !== undefined) addEvent(lease.state, what, Date.now())
    return persist(() => store.save(lease), store)
  }
  return {
    invocation: state.invocation,
    recovery: isNew ? undefined : recoveryState(state),
    begin() {
      runsHere = true
      if (state.begun && !begun) {
        begun = true // already stored when it was accepted
        return Promise.resolve()
      }
      state.begun = true
      return mark('begun')
    },
    record(reply) {
      state.pending.push(reply)
      return mark()
    },
    sending() {
      state.sending = true
      return mark()
    },
    unsent() {
      state.sending = false
      return mark()
    },
    async sent(last = false) {
      takeFirst(state)
      state.shown++
      if (last) addEvent(state, 'sent', Date.now())
      else await mark('sent')
    },
    drop() {
      takeFirst(state)
      return mark('dropped')
    },
    end(outcome) {
      state.ended = outcome
      return mark('ended')
    },
    close: (outcome) => persist(() => store.close(lease, outcome), store),
    async release() {
      if (state.begun && !begun) {
        // The bot stopped while it was being stored, so it never began.
        lease.state = asNew(state)
        await store.save(lease)
      }
      if (runsHere && state.ended === undefined) addEvent(state, handedOver, Date.now())
      await store.release(lease)
    },
  }
}

/** Retries while the store is unreachable, because the call was accepted. */
async function persist(write: () => Promise<void>, store: EntryStore): Promise<void> {
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    try {
      return await write()
    } catch (error) {
      if (store.draining || !isBotError(error, 'unavailable')) throw error
      await sleep(delayMs)
    }
  }
}

/** The state of a new entry; with `begun`, its run starts immediately. */
export function accepted(invocation: Invocation, at: number, begun = false): EntryState {
  const events = [{ what: 'accepted', at }]
  if (begun) events.push({ what: 'begun', at })
  return { invocation, begun, pending: [], shown: 0, sending: false, events }
}

/** The state before the run began. */
export function asNew({ invocation, events }: EntryState): EntryState {
  return accepted(invocation, events[0]?.at ?? Date.now())
}

/** Records that another process owns it now. */
export function reclaimed(state: EntryState, at: number): void {
  addEvent(state, 'taken over', at)
}

/** What another process has to recover; undefined if the run never began and still will. */
export function recoveryState(state: EntryState): RecoveryState | undefined {
  const { begun, pending, shown, sending, ended } = state
  if (!begun && !ended) return undefined
  const doubtful = sending && pending.length > 0
  return { replies: [...pending], shown, doubtful, deaths: deathsIn(state), ...(ended ? { ended } : {}) }
}

/** A process that is alive records that it released a run; any other run that did not end died with its process. */
function deathsIn({ events }: EntryState): number {
  const count = (name: string) => events.filter(({ what }) => what === name).length
  return count('begun') - count(handedOver) - count('ended')
}

/** The audit record so far; `outcome` closes it. */
export function auditRecord({ invocation, events }: EntryState, outcome?: Outcome): AuditRecord {
  const { id, platform, tenant, room, user, text } = invocation
  const names = { tenantName: tenant.name, roomName: room.name, userName: user.name }
  const whose = { id, platform, tenant: tenant.id, room: room.id, user: user.id, text, ...names }
  if (!outcome) return Object.assign(whose, { events: [...events] })
  return Object.assign(whose, { events: [...events, { what: 'closed', at: Date.now() }], outcome })
}

function takeFirst(state: EntryState): void {
  state.pending.shift()
  state.sending = false
}

/** Bounds the record of a generator with thousands of replies: the latest `sent` replaces the one before. */
function addEvent({ events }: EntryState, what: string, at: number): void {
  if (events.length >= mostEvents && events.at(-1)?.what === what) events.pop()
  events.push({ what, at })
}

const mostEvents = 50
const handedOver = 'handed over'
