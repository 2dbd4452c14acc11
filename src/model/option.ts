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

/** What all options share. */
interface OptionCommon<Value> {
  /** What it is for, in a few words: `/help` and the platforms' own menus show it. */
  readonly summary?: string
  /** One letter, or another name. */
  readonly alias?: string
  /** True: given in order, without a name. */
  readonly positional?: boolean
  /** True: takes what is left of the line, as one text, just as typed, or with `many` as a list. Only the last positional can. */
  readonly rest?: boolean
  /** True: a line without it is answered with the usage, or with a question where `ask` is true. */
  readonly required?: boolean
  /** True: may be given more than once; `run` gets a list. */
  readonly many?: boolean
  /** What `run` gets where it is not given; with `many`, a list of them or one. */
  readonly default?: Value | readonly Value[]
  /** True: asks for it when it is missing, instead of refusing; for what is `required`. */
  readonly ask?: boolean
  /** Any Standard Schema (Zod, Valibot, ArkType); what it puts out is what `run` gets. */
  readonly schema?: StandardSchema
}

/** A string, such as `web` or `'two words'`. */
export interface StringOption extends OptionCommon<string> {
  /** What it is: `'string'` is text. */
  readonly type: 'string'
  /** The fewest characters that it may have. */
  readonly min?: number
  /** The most characters that it may have. */
  readonly max?: number
  /** What all of it must match. */
  readonly pattern?: RegExp
}
/** A number; an `integer` is a whole one. */
export interface NumberOption extends OptionCommon<number> {
  /** What it is: `'number'`, or `'integer'` for a whole one. */
  readonly type: 'number' | 'integer'
  /** The least that it may be. */
  readonly min?: number
  /** The most that it may be. */
  readonly max?: number
}
/** Yes or no: `--verbose`, `--no-verbose`. */
export interface BooleanOption extends OptionCommon<boolean> {
  /** What it is: `'boolean'` is yes or no. */
  readonly type: 'boolean'
}
/** One of `choices`. */
export interface ChoiceOption<Choice extends string = string> extends OptionCommon<Choice> {
  /** What it is: `'choice'` is one of `choices`. */
  readonly type: 'choice'
  /** What it may be, as people type it and `run` gets it. */
  readonly choices: readonly Choice[]
}
/** A duration, such as `90s` or `1h30m`, or seconds; `run` gets milliseconds. */
export interface DurationOption extends OptionCommon<number | string> {
  /** What it is: `'duration'` is a length of time such as `90s`; `run` gets milliseconds. */
  readonly type: 'duration'
  /** The shortest that it may be: milliseconds, or a string such as `5m`. */
  readonly min?: number | string
  /** The longest that it may be: milliseconds, or a string such as `5m`. */
  readonly max?: number | string
}
/** A day of the calendar, written `2030-02-28` by all: in the line, in `run`, in `min`, `max` and `default`. */
export interface DateOption extends OptionCommon<string> {
  /** What it is: `'date'` is a day such as `2030-02-28`. */
  readonly type: 'date'
  /** The first day that it may be, such as `2030-01-01`. */
  readonly min?: string
  /** The last day that it may be, such as `2030-12-31`. */
  readonly max?: string
}
/** A person, by mention. */
export interface UserOption extends OptionCommon<never> {
  /** What it is: `'user'` is a person, by mention. */
  readonly type: 'user'
}
/** A room, by name or id. */
export interface RoomOption extends OptionCommon<never> {
  /** What it is: `'room'` is a room, by name or id. */
  readonly type: 'room'
}

/** The definition of an option, by its type. */
export interface OptionTypes {
  string: StringOption
  number: NumberOption
  integer: NumberOption
  boolean: BooleanOption
  choice: ChoiceOption
  duration: DurationOption
  date: DateOption
  user: UserOption
  room: RoomOption
}

/** What a command takes. */
export type Option = OptionTypes[keyof OptionTypes]

/** A command's options by name. */
export type Options = Readonly<Record<string, Option>>
