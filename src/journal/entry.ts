import { setTimeout as sleep } from 'node:timers/promises'
import { isBotError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Outcome, Reply } from '../model/reply.js'
import type { AuditRecord, JournalEntry, RecoveryState } from './journal.js'

/** How far an invocation has come, as marked so far. Plain JSON: it is what the journal keeps. */
export interface EntryState {
  readonly invocation: Invocation
  begun: boolean
  ended?: Outcome
  /** Recorded and not shown, in order. */
  readonly pending: Reply[]
  shown: number
  /** The first of `pending` is being handed over. */
  sending: boolean
  readonly events: AuditRecord['events'][number][]
}

/** An entry that this process holds. */
export interface Lease {
  state: EntryState
  /** Proves that it is still ours: changes hands with the entry. */
  readonly token: string
  /** The write that will keep what it has come to since. */
  unwritten?: Promise<void> | undefined
}

/** Where entries are kept. Each verb throws UnavailableError while it cannot be reached, LeaseLostError when another has the entry. */
export interface EntryStore {
  /** Keeps how far the entry has come by the time of writing. */
  save(lease: Lease): Promise<void>
  close(lease: Lease, outcome: Outcome): Promise<void>
  /** Leaves it to any other process. */
  release(lease: Lease): Promise<void>
  /** True once the bot stops: what cannot be written now is left to others, not tried again. */
  readonly draining: boolean
}

/** Another process took the entry: this one was thought dead. */
export class LeaseLostError extends Error {}

/** The entry of a lease: each mark changes its state at once, and resolves when the state is kept. */
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
        begun = true // and was written down so when it was accepted
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
        // The bot stopped while it was written down: it did not begin after all.
        lease.state = asNew(state)
        await store.save(lease)
      }
      if (runsHere && state.ended === undefined) addEvent(state, handedOver, Date.now())
      await store.release(lease)
    },
  }
}

/** The store may be away for a while: what was accepted waits for it. */
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

/** An invocation that was just accepted; with `begun` its run begins with that. */
export function accepted(invocation: Invocation, at: number, begun = false): EntryState {
  const events = [{ what: 'accepted', at }]
  if (begun) events.push({ what: 'begun', at })
  return { invocation, begun, pending: [], shown: 0, sending: false, events }
}

/** The invocation as it was when it was accepted: its run did not begin. */
export function asNew({ invocation, events }: EntryState): EntryState {
  return accepted(invocation, events[0]?.at ?? Date.now())
}

/** Marks that another process has it now. */
export function reclaimed(state: EntryState, at: number): void {
  addEvent(state, 'taken over', at)
}

/** What is left of it for another process; undefined where its run had not begun, and will. */
export function recoveryState(state: EntryState): RecoveryState | undefined {
  const { begun, pending, shown, sending, ended } = state
  if (!begun && !ended) return undefined
  const doubtful = sending && pending.length > 0
  return { replies: [...pending], shown, doubtful, deaths: deathsIn(state), ...(ended ? { ended } : {}) }
}

/** Whoever lives says so when it lets go of a run; every other run that did not end died with its process. */
function deathsIn({ events }: EntryState): number {
  const count = (name: string) => events.filter(({ what }) => what === name).length
  return count('begun') - count(handedOver) - count('ended')
}

/** Its record so far; with an `outcome` it ends now. */
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

/** A generator that says a thousand things has a record of bounded length: the latest of its many `sent` replaces the last. */
function addEvent({ events }: EntryState, what: string, at: number): void {
  if (events.length >= mostEvents && events.at(-1)?.what === what) events.pop()
  events.push({ what, at })
}

const mostEvents = 50
const handedOver = 'handed over'
