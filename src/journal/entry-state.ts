import type { Invocation } from '../model/invocation.js'
import type { Outcome, Reply } from '../model/reply.js'
import type { AuditRecord, RecoveryState } from './journal.js'

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
  readonly events: Event[]
}

type Event = AuditRecord['events'][number]

/** One step of progress: marks it. */
export type Transition = (state: EntryState, at: number) => void

/** An invocation that was just accepted; with `begun` its run begins with that. */
export function accepted(invocation: Invocation, at: number, begun = false): EntryState {
  const events: Event[] = [{ what: 'accepted', at }]
  if (begun) events.push({ what: 'begun', at })
  return { invocation, begun, pending: [], shown: 0, sending: false, events }
}

export const begin: Transition = (state, at) => {
  state.begun = true
  happened(state, 'begun', at)
}

export function record(reply: Reply): Transition {
  return ({ pending }) => void pending.push(reply)
}

export const sending: Transition = (state) => {
  state.sending = true
}

export const unsent: Transition = (state) => {
  state.sending = false
}

export const sent: Transition = (state, at) => {
  takeFirst(state)
  state.shown++
  happened(state, 'sent', at)
}

export const drop: Transition = (state, at) => {
  takeFirst(state)
  happened(state, 'dropped', at)
}

export function end(outcome: Outcome): Transition {
  return (state, at) => {
    state.ended = outcome
    happened(state, 'ended', at)
  }
}

export const reclaimed: Transition = (state, at) => happened(state, 'taken over', at)

/** What is left of it for another process; undefined where its run had not begun. */
export function recoveryState({ begun, pending, shown, sending, ended }: EntryState): RecoveryState | undefined {
  if (!begun) return undefined
  return { replies: [...pending], shown, doubtful: sending && pending.length > 0, ...(ended ? { ended } : {}) }
}

/** Its story so far. */
export function auditRecord({ invocation, events }: EntryState): AuditRecord {
  const { id, platform, tenant, room, user, text } = invocation
  return { id, platform, tenant: tenant.id, room: room.id, user: user.id, text, events: [...events] }
}

/** Its story to the end. */
export function closedRecord({ invocation, events }: EntryState, outcome: Outcome, at: number): AuditRecord {
  const { id, platform, tenant, room, user, text } = invocation
  const whole = [...events, { what: 'closed', at }]
  return { id, platform, tenant: tenant.id, room: room.id, user: user.id, text, events: whole, outcome }
}

function takeFirst(state: EntryState): void {
  state.pending.shift()
  state.sending = false
}

/** A generator that says a thousand things has a story of bounded length: the latest of its many `sent` takes the last's place. */
function happened({ events }: EntryState, what: string, at: number): void {
  if (events.length >= longestStory && events.at(-1)?.what === what) events.pop()
  events.push({ what, at })
}

const longestStory = 50
