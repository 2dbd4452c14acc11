import type { Invocation } from '../model/invocation.js'
import type { Outcome, Reply } from '../model/reply.js'
import type { Leftover, Story } from './journal.js'

/** How far an invocation has come. Plain JSON: it is what the journal keeps. */
export interface Progress {
  readonly invocation: Invocation
  readonly begun: boolean
  readonly ended?: Outcome
  /** Recorded and not shown, in order. */
  readonly pending: readonly Reply[]
  readonly shown: number
  /** The first of `pending` is being handed over. */
  readonly sending: boolean
  readonly events: Story['events']
}

/** One step of progress. */
export type Step = (progress: Progress, at: number) => Progress

/** An invocation that was just accepted; with `begun` its run begins with that. */
export function accepted(invocation: Invocation, at: number, begun = false): Progress {
  const progress = {
    invocation,
    begun: false,
    pending: [],
    shown: 0,
    sending: false,
    events: [{ what: 'accepted', at }],
  }
  return begun ? begin(progress, at) : progress
}

export const begin: Step = (progress, at) => happened({ ...progress, begun: true }, 'begun', at)

export function record(reply: Reply): Step {
  return (progress) => ({ ...progress, pending: [...progress.pending, reply] })
}

export const sending: Step = (progress) => ({ ...progress, sending: true })

export const unsent: Step = (progress) => ({ ...progress, sending: false })

export const sent: Step = (progress, at) =>
  happened({ ...withoutFirst(progress), shown: progress.shown + 1 }, 'sent', at)

export const drop: Step = (progress, at) => happened(withoutFirst(progress), 'dropped', at)

export function end(outcome: Outcome): Step {
  return (progress, at) => happened({ ...progress, ended: outcome }, 'ended', at)
}

export const takenOver: Step = (progress, at) => happened(progress, 'taken over', at)

/** What is left of it for another process; undefined where its run had not begun. */
export function leftOf({ begun, pending, shown, sending, ended }: Progress): Leftover | undefined {
  if (!begun) return undefined
  return { replies: pending, shown, doubtful: sending && pending.length > 0, ...(ended ? { ended } : {}) }
}

/** Its story so far. */
export function storyOf({ invocation, events }: Progress): Story {
  const { id, platform, tenant, room, user, text } = invocation
  return { id, platform, tenant: tenant.id, room: room.id, user: user.id, text, events }
}

/** Its story to the end. */
export function closedStory(progress: Progress, outcome: Outcome, at: number): Story {
  return { ...storyOf(happened(progress, 'closed', at)), outcome }
}

function withoutFirst(progress: Progress): Progress {
  return { ...progress, pending: progress.pending.slice(1), sending: false }
}

/** A generator that says a thousand things has a story of bounded length: the latest of its many `sent` takes the last's place. */
function happened(progress: Progress, what: string, at: number): Progress {
  const { events } = progress
  const kept = events.length >= longestStory && events.at(-1)?.what === what ? events.slice(0, -1) : events
  return { ...progress, events: [...kept, { what, at }] }
}

const longestStory = 50
