import type { Reply } from './reply.js'

/** What was posted to a hook: nothing of it is proven before `verify` is through. */
export interface HookDelivery {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: URLSearchParams
  /** The bytes as they were posted, and signed. */
  readonly body: Buffer
}

/** What `verify` judges, and the environment that holds its secrets. */
export interface HookProof extends HookDelivery {
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Throws, or rejects, where a delivery is not proven to come from its sender; gives nothing where it is. */
export interface HookVerifier {
  (proof: HookProof): void | Promise<void>
  /** The variables that hold its secrets: without them the hook does not load. */
  readonly secrets?: readonly string[]
}

/** One delivery, as `run` sees it. `Event` is the author's word for the body's shape: nobody checks it. */
export interface HookContext<Event = HookEvent> extends HookDelivery {
  /** The body, parsed: JSON, a form as an object, anything else as text. */
  readonly event: Event
  /** Aborted when the time of a run is over. */
  readonly signal: AbortSignal
}

/** A body whose shape nobody has described. */
export type HookEvent = Readonly<Record<string, unknown>>

/** A reply of a hook: a later one with the same `updateKey` takes its place, where the platform can edit. */
export type HookReply = Reply & {
  /** True: the last news under its `updateKey`. What comes under the same key after it stands for itself. */
  readonly closesKey?: boolean
}

// biome-ignore lint/suspicious/noConfusingVoidType: a hook that posts nothing is written as one
type HookOutput = string | HookReply | undefined | void

/** What `run` may return. Nothing posts nothing. */
export type HookResult = HookOutput | Promise<HookOutput>

/** Rooms as a sender writes them: an id, a name, `slack:C0123`, an alias. None: nothing is posted. */
export type HookRooms = string | readonly string[]

/** What a service's events become in a room. Its file's name is its address: `hooks/github.ts` is `POST /hooks/github`. */
export interface Hook<Event = HookEvent> {
  readonly summary: string
  /** Left out, a notifier token is asked for. */
  readonly verify?: HookVerifier
  /** Where to; left out, all rooms of the token. With `verify` there is no token, and it must be given. */
  readonly to?: HookRooms | ((event: Event) => HookRooms | undefined)
  run(context: HookContext<Event>): HookResult
}

/** Types a hook; returns its argument. */
export function hook<Event = HookEvent>(definition: Hook<Event>): Hook<Event> {
  return definition
}
