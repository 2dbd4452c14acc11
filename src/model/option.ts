/** The Standard Schema interface, version 1: https://standardschema.dev */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** The result of validating a value with a Standard Schema. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] }

/** The value of a `room` option. */
export interface RoomReference {
  readonly id?: string
  readonly name: string
}

/** The value of a `user` option. `id` is missing if the platform doesn't identify the person. */
export interface UserReference {
  readonly id?: string
  readonly name: string
  readonly mention?: string
}

/** The keys that all options have. */
interface OptionCommon<Value> {
  /** What it is for, in a few words. Shown by `/help` and in the platforms' own menus. */
  readonly summary?: string
  /** Another name, often a single letter: `alias: 'n'` allows `-n 2`. */
  readonly alias?: string
  /** True if it is given by position, without its name. */
  readonly positional?: boolean
  /** True if it takes the rest of the line, as typed, or as a list with `many`. Only for the last positional option. */
  readonly rest?: boolean
  /** True if the command can't run without it: the caller is shown the usage, or is asked for it if `ask` is true. */
  readonly required?: boolean
  /** True if it can be given more than once. `run` receives a list. */
  readonly many?: boolean
  /** The value that `run` receives if it isn't given. With `many`, one value or a list. */
  readonly default?: Value | readonly Value[]
  /** True to ask the caller for it when it is missing. Only for a `required` option. */
  readonly ask?: boolean
  /** A Standard Schema (Zod, Valibot, ArkType) that validates the value. `run` receives its output. */
  readonly schema?: StandardSchema
}

/** A string, like `web` or `'two words'`. */
export interface StringOption extends OptionCommon<string> {
  /** The option's type: `'string'` takes text. */
  readonly type: 'string'
  /** Minimum number of characters. */
  readonly min?: number
  /** Maximum number of characters. */
  readonly max?: number
  /** A pattern that the whole value must match. */
  readonly pattern?: RegExp
}
/** A number, or an integer. */
export interface NumberOption extends OptionCommon<number> {
  /** The option's type: `'number'`, or `'integer'` for whole numbers only. */
  readonly type: 'number' | 'integer'
  /** Minimum value. */
  readonly min?: number
  /** Maximum value. */
  readonly max?: number
}
/** A boolean: `--verbose` or `--no-verbose`. */
export interface BooleanOption extends OptionCommon<boolean> {
  /** The option's type: `'boolean'` is true or false. */
  readonly type: 'boolean'
}
/** One of `choices`. */
export interface ChoiceOption<Choice extends string = string> extends OptionCommon<Choice> {
  /** The option's type: `'choice'` is one of `choices`. */
  readonly type: 'choice'
  /** The allowed values, as people type them and `run` receives them. */
  readonly choices: readonly Choice[]
}
/** A duration, like `90s` or `1h30m`; a plain number is seconds. `run` receives milliseconds. */
export interface DurationOption extends OptionCommon<number | string> {
  /** The option's type: `'duration'` takes a time span like `90s`. `run` receives milliseconds. */
  readonly type: 'duration'
  /** Minimum duration: milliseconds, or a string like `'5m'`. */
  readonly min?: number | string
  /** Maximum duration: milliseconds, or a string like `'5m'`. */
  readonly max?: number | string
}
/** A calendar date, always written as `2030-02-28`: by the caller, and in `run`, `min`, `max` and `default`. */
export interface DateOption extends OptionCommon<string> {
  /** The option's type: `'date'` takes a day like `2030-02-28`. */
  readonly type: 'date'
  /** Earliest date, like `'2030-01-01'`. */
  readonly min?: string
  /** Latest date, like `'2030-12-31'`. */
  readonly max?: string
}
/** A person, given by mention. */
export interface UserOption extends OptionCommon<never> {
  /** The option's type: `'user'` takes a person, by mention. */
  readonly type: 'user'
}
/** A room, given by name or id. */
export interface RoomOption extends OptionCommon<never> {
  /** The option's type: `'room'` takes a room, by name or id. */
  readonly type: 'room'
}

/** The shape of an option's definition, for each type. */
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

/** The definition of an option. */
export type Option = OptionTypes[keyof OptionTypes]

/** A command's options by name. */
export type Options = Readonly<Record<string, Option>>
