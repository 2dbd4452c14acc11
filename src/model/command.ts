import type { Invocation, User } from './invocation.js'
import type { Logger } from './logger.js'
import type { Reply } from './reply.js'
import type { Schedules } from './schedule.js'

/** The Standard Schema interface, version 1: https://standardschema.dev */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** What a Standard Schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] }

/** A room, as an option of type `room` gives it. */
export interface RoomReference {
  readonly id?: string
  readonly name: string
}

/** A person, as an option of type `user` gives it. `id` is missing where the platform does not say who it is. */
export interface UserReference {
  readonly id?: string
  readonly name: string
  readonly mention?: string
}

interface Types {
  string: string
  number: number
  integer: number
  boolean: boolean
  choice: string
  /** Milliseconds. */
  duration: number
  user: UserReference
  room: RoomReference
}

/** What all options share. */
interface OptionCommon<Value> {
  readonly summary?: string
  /** One letter, or another name. */
  readonly alias?: string
  /** Given in order, without a name. */
  readonly positional?: boolean
  /** Takes what is left of the line: as one text, just as typed, or with `many` as a list. Only the last positional can. */
  readonly rest?: boolean
  readonly required?: boolean
  /** May be given more than once; `run` gets a list. */
  readonly many?: boolean
  readonly default?: Value | readonly Value[]
  /** Ask for it when it is missing, instead of refusing; for what is `required`. */
  readonly ask?: boolean
  /** Any Standard Schema; what it puts out is what `run` gets. */
  readonly schema?: StandardSchema
}

interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** A text. `min` and `max` bound its length; `pattern` must match it whole. */
export interface StringOption extends OptionCommon<string>, Bounds {
  readonly type: 'string'
  readonly pattern?: RegExp
}
/** A number. */
export interface NumberOption extends OptionCommon<number>, Bounds {
  readonly type: 'number' | 'integer'
}
/** Yes or no. */
export interface BooleanOption extends OptionCommon<boolean> {
  readonly type: 'boolean'
}
/** One of `choices`. */
export interface ChoiceOption extends OptionCommon<string> {
  readonly type: 'choice'
  readonly choices: readonly string[]
}
/** A length of time, such as `90s` or `1h30m`, or seconds; `run` gets milliseconds. `min`, `max` and `default` are either. */
export interface DurationOption extends OptionCommon<number | string> {
  readonly type: 'duration'
  readonly min?: number | string
  readonly max?: number | string
}
/** A person, by mention. */
export interface UserOption extends OptionCommon<never> {
  readonly type: 'user'
}
/** A room, by name or id. */
export interface RoomOption extends OptionCommon<never> {
  readonly type: 'room'
}

/** What a command takes. */
export type Option =
  | StringOption
  | NumberOption
  | BooleanOption
  | ChoiceOption
  | DurationOption
  | UserOption
  | RoomOption

/** A command's options by name. */
export type Options = Readonly<Record<string, Option>>

type Single<O extends Option> = O extends { readonly schema: StandardSchema<infer Output> }
  ? Output
  : O extends { readonly type: 'choice'; readonly choices: readonly (infer Choice)[] }
    ? Choice
    : Types[O['type']]

type Given<O extends Option> = O extends { readonly many: true } ? readonly Single<O>[] : Single<O>

type Sure<O extends Option> = O extends { readonly required: true }
  ? true
  : O extends { readonly default: infer Default }
    ? undefined extends Default
      ? false
      : true
    : O extends { readonly many: true }
      ? true
      : false

/** What `run` gets for each option: exact types, `undefined` only where nothing may have been given. */
export type OptionValues<O extends Options> = {
  readonly [Name in keyof O]: Sure<O[Name]> extends true ? Given<O[Name]> : Given<O[Name]> | undefined
}

/** A store for one tenant's own values; keys of one tenant are never another's. */
export interface TenantStore {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>
  add(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<boolean>
  delete(key: string): Promise<void>
  list(prefix: string): AsyncIterable<readonly [key: string, value: unknown]>
}

/** One run of a command, as `run` sees it. */
export interface CommandContext<O extends Options = Options> {
  readonly options: OptionValues<O>
  /** `confirmedBy`: who said yes, where the command or the operator's policy asks for that. */
  readonly invocation: Invocation & { readonly command: string; readonly confirmedBy?: User | undefined }
  /** Aborted at the command's `timeout` and when the bot stops. */
  readonly signal: AbortSignal
  readonly store: TenantStore
  readonly log: Logger
  /**
   * Types a line again at that time, once, in the same room and as the same user, whatever becomes of the bot meanwhile;
   * `when` is milliseconds or a text such as `10m` from now, or a date. Resolves with the id of what will be run.
   */
  later(when: number | string | Date, line: string): Promise<string>
}

/** One answer: text, a reply, or nothing. */
export type CommandOutput = string | Reply | undefined

// biome-ignore lint/suspicious/noConfusingVoidType: a command that returns nothing is written as one
type Last = CommandOutput | void

/** What `run` may give back. */
export type CommandResult = Last | Promise<Last> | AsyncGenerator<CommandOutput, Last, unknown>

/**
 * Who may run a command, and where: every list that is given must hold one of theirs. Users and tenants are known by
 * their ids, which nobody can choose; rooms by id, or by name where it is written `#name`.
 */
export interface Access {
  readonly users?: readonly string[]
  readonly roles?: readonly string[]
  readonly rooms?: readonly string[]
  readonly tenants?: readonly string[]
  readonly when?: (who: { readonly user: User; readonly invocation: Invocation }) => boolean | Promise<boolean>
}

/** How often a command may be run. */
export interface Cooldown {
  /** Milliseconds, or text such as `30s`. */
  readonly every: number | string
  readonly per?: 'user' | 'room' | 'tenant'
}

/** Asks before it runs. */
export interface Confirmation {
  readonly question?: string
  /** Who may say yes: users by id or `@mention`, or roles; left out, the caller. */
  readonly by?: readonly string[]
}

/** A slash command: what it is for, what it takes, what it does. Its file's path is its name. */
export interface Command<O extends Options = Options> {
  readonly summary: string
  /** Other names for the last word of the command's path. */
  readonly aliases?: readonly string[]
  readonly options?: O
  /** Lines that `/help` shows as they are. */
  readonly examples?: readonly string[]
  /** Milliseconds, or text such as `2m`. Default 30 s. */
  readonly timeout?: number | string
  readonly allow?: Access
  readonly cooldown?: Cooldown
  readonly confirm?: boolean | string | Confirmation
  /** When it is run by itself: cron, such as `0 9 * * 1-5`. */
  readonly schedule?: Schedules
  /** True: may be run again after a crash. */
  readonly idempotent?: boolean
  /** True: `/help` does not list it. */
  readonly hidden?: boolean
  run(call: CommandContext<O>): CommandResult
}

/** What of an option's definition does not hold, as a property that cannot be given. */
type Sound<O extends Option> = {
  readonly [Misspelt in Exclude<keyof O, KeyOf<Option>>]: never
} & (O extends { readonly type: 'choice'; readonly choices: readonly (infer Choice)[]; readonly default: unknown }
  ? { readonly default: Choice | readonly Choice[] }
  : unknown) &
  (O extends { readonly many: true }
    ? unknown
    : { readonly default?: Types[O['type']] | (O extends { readonly type: 'duration' } ? string : never) }) &
  (O extends { readonly required: true } ? { readonly default?: never } : { readonly ask?: false })

type KeyOf<T> = T extends unknown ? keyof T : never

/** The options that take what is left. */
type Rests<O extends Options> = { [Name in keyof O]: O[Name] extends { readonly rest: true } ? Name : never }[keyof O]

/** Nothing, where at most one option takes what is left. */
type OneRest<O extends Options, Name = Rests<O>> = [Rests<O>] extends [never]
  ? unknown
  : Name extends unknown
    ? [Rests<O>] extends [Name]
      ? unknown
      : { readonly [Rest in Rests<O>]: { readonly rest?: false } }
    : never

/** A command as its author writes it: `Command`, with options that hold together. */
export interface CommandDefinition<O extends Options> extends Omit<Command<O>, 'options' | 'run' | 'schedule'> {
  readonly options?: O & { readonly [Name in keyof O]: Sound<O[Name]> } & OneRest<O>
  readonly schedule?: Schedules<NoInfer<O>>
  run(call: CommandContext<O>): CommandResult
}

/** Types a command from its options; gives back what it was given. */
export function command<const O extends Options = Record<never, never>>(definition: CommandDefinition<O>): Command<O> {
  return definition
}

/** A command as it was loaded, under its name. */
export interface LoadedCommand {
  /** Words separated by spaces, without the slash: `deploy status`. */
  readonly name: string
  /** Every name it answers to, its own first. */
  readonly names: readonly string[]
  readonly command: Command
  /** The file it came from; undefined for what is built in. */
  readonly file?: string
}

/** Which commands there are now. */
export interface Catalog {
  list(): readonly LoadedCommand[]
  /** Calls `listener` after the commands changed; gives back what ends that. */
  onChange(listener: () => void): () => void
}
