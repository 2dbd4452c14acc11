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

/** What `run` gets. */
interface Values {
  string: string
  number: number
  integer: number
  boolean: boolean
  choice: string
  /** Milliseconds. */
  duration: number
  /** A day, such as `2030-02-28`. */
  date: string
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

interface Bounds<Value = number> {
  readonly min?: Value
  readonly max?: Value
}

/** A string. `min` and `max` bound its length; `pattern` must match all of it. */
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
/** A duration, such as `90s` or `1h30m`, or seconds; `run` gets milliseconds. `min`, `max` and `default` are either. */
export interface DurationOption extends OptionCommon<number | string>, Bounds<number | string> {
  readonly type: 'duration'
}
/** A day of the calendar, written `2030-02-28` by all: in the line, in `run`, in `min`, `max` and `default`. */
export interface DateOption extends OptionCommon<string>, Bounds<string> {
  readonly type: 'date'
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
  | DateOption
  | UserOption
  | RoomOption

/** A command's options by name. */
export type Options = Readonly<Record<string, Option>>

type Single<O extends Option> = O extends { readonly schema: StandardSchema<infer Output> }
  ? Output
  : ChoiceOr<O, Values[O['type']]>

type Given<O extends Option, Value = Single<O>> = O extends { readonly many: true } ? readonly Value[] : Value

/** What a definition or a schedule writes as a value. */
type Written<O extends Option> = O['type'] extends 'user' | 'room'
  ? string
  : ChoiceOr<O, Values[O['type']] | (O['type'] extends 'duration' ? string : never)>

type ChoiceOr<O extends Option, Value> = O extends { readonly choices: readonly (infer Choice)[] } ? Choice : Value

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

/** A command's options as a schedule gives them. */
export type ScheduledOptions<O extends Options> = {
  readonly [Name in keyof O]?: Given<O[Name], Written<O[Name]>>
}

/** What of an option's definition does not hold, as a property that cannot be given. */
type Sound<O extends Option> = {
  readonly [Misspelt in Exclude<keyof O, PartsOf<O['type']>>]: never
} & { readonly default?: Given<O, Written<O>> | Written<O> } & (O extends { readonly required: true }
    ? { readonly default?: never }
    : { readonly ask?: false })

/** The parts that an option of a type has. */
type PartsOf<T, O = Option> = O extends { readonly type: infer U } ? (T extends U ? keyof O : never) : never

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

/** Options that hold together: a misspelt key or a default of another type does not compile. */
export type SoundOptions<O extends Options> = O & { readonly [Name in keyof O]: Sound<O[Name]> } & OneRest<O>
