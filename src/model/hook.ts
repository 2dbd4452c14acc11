import type { Reply } from './reply.js'

/** A request posted to a hook. None of it is trusted until `verify` has accepted it. */
export interface HookDelivery {
  /** Header values by lowercase name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: URLSearchParams
  /** The raw bytes, as they were signed. */
  readonly body: Buffer
}

/** What `verify` receives: the request, and the environment that holds its secrets. */
export interface HookProof extends HookDelivery {
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Throws or rejects if it can't prove who sent the request; otherwise returns nothing. */
export interface HookVerifier {
  (proof: HookProof): void | Promise<void>
  /** The environment variables that hold its secrets. The hook doesn't load without them. */
  readonly secrets?: readonly string[]
}

/** One request, as `run` receives it. `Event` is the type that you expect the body to have; it is not checked at run time. */
export interface HookContext<Event = HookEvent> extends HookDelivery {
  /** The parsed body: JSON, a form as an object, or anything else as text. */
  readonly event: Event
  /** Aborted when the time limit of the run is reached. */
  readonly signal: AbortSignal
}

/** A body of unknown shape. */
export type HookEvent = Readonly<Record<string, unknown>>

/** A hook's reply. A later reply with the same `updateKey` replaces it, if the platform can edit messages. */
export type HookReply = Reply & {
  /** True for the last update under its `updateKey`. A later reply with the same key is a new message. */
  readonly closesKey?: boolean
}

// biome-ignore lint/suspicious/noConfusingVoidType: a hook that posts nothing is written as one
type HookOutput = string | HookReply | undefined | void

/** What `run` can return. Returning nothing posts nothing. */
export type HookResult = HookOutput | Promise<HookOutput>

/** Rooms by id, by name, as `slack:C0123`, or by alias. An empty list posts nothing. */
export type HookRooms = string | readonly string[]

/** Turns a service's events into messages. Its address comes from its file's name: `hooks/github.ts` is `POST /hooks/github`. */
export interface Hook<Event = HookEvent> {
  readonly summary: string
  /** Verifies the sender. Without it, requests need a notifier token. */
  readonly verify?: HookVerifier
  /** The rooms to post to. Required with `verify`; without it, the default is all the rooms of the token. */
  readonly to?: HookRooms | ((event: Event) => HookRooms | undefined)
  run(context: HookContext<Event>): HookResult
}

/** Defines a hook, and infers its types. Returns its argument; it is validated when it is loaded. */
export function hook<Event = HookEvent>(definition: Hook<Event>): Hook<Event> {
  return definition
}
