import type { ChoiceOption, Option, OptionTypes, RoomReference, StandardSchema, UserReference } from './option.js'

/** The type of the value that `run` receives, for each option type. */
interface Values {
  string: string
  number: number
  integer: number
  boolean: boolean
  choice: string
  /** Milliseconds. */
  duration: number
  /** A day, like `2030-02-28`. */
  date: string
  user: UserReference
  room: RoomReference
}

/** Options by name, as an author wrote them. One that is invalid doesn't affect the types of the others. */
export type WrittenOptions = Readonly<Record<string, unknown>>

/** The values that `run` receives, by option name. `undefined` is included only for options that can be left out. */
export type OptionValues<O extends WrittenOptions> = {
  readonly [Name in keyof O]: Received<Plain<O[Name]>>
}

/** Values for a command's options, as given by a schedule. */
export type ScheduledOptions<O extends WrittenOptions> = {
  readonly [Name in keyof O]?: Scheduled<Plain<O[Name]>>
}

/** Options that are checked for consistency: a misspelled key or a default of the wrong type doesn't compile. */
export type SoundOptions<O extends WrittenOptions> = {
  readonly [Name in keyof O]: Sound<O[Name], Rests<O>>
}

/** The same type again: TypeScript 5 compares inferred types as strictly as literals, including unknown keys. */
type Plain<O> = { [Key in keyof O]: O[Key] }

type Received<O> = Sure<O> extends true ? Given<O> : Given<O> | undefined

type Sure<O> = O extends { readonly required: true }
  ? true
  : O extends { readonly default: infer Default }
    ? undefined extends Default
      ? false
      : true
    : O extends { readonly many: true }
      ? true
      : false

type Given<O, Value = Single<O>> = O extends { readonly many: true } ? readonly Value[] : Value

type Single<O> = O extends { readonly schema: StandardSchema<infer Output> } ? Output : ValueOf<O>

type ValueOf<O> = O extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : O extends { readonly type: infer Type extends keyof Values }
    ? Values[Type]
    : unknown

/** The type of a value in a definition or a schedule. */
type Scheduled<O> = Given<
  O,
  O extends { readonly type: 'user' | 'room' }
    ? string
    : ValueOf<O> | (O extends { readonly type: 'duration' } ? string : never)
>

/** The valid definitions of an option. The first branch never applies; TypeScript uses it to infer what was written. */
type Sound<O, Rests> = [O] extends [never] ? O : Held<DefinitionOf<Plain<O>>, FaultsOf<Plain<O>, Rests>>

type DefinitionOf<O> = O extends { readonly type: 'choice'; readonly choices: readonly (infer Choice extends string)[] }
  ? ChoiceOption<Choice>
  : O extends { readonly type: infer Type extends keyof OptionTypes }
    ? OptionTypes[Type]
    : Option

/** A definition, with an error type in place of each mistake. */
type Held<Definition, Faults> = [keyof Faults] extends [never] ? Definition : Omit<Definition, keyof Faults> & Faults

declare const reason: unique symbol

/** A key that can't be used here, and why. */
export interface Refused<Reason extends string> {
  readonly [reason]: Reason
}

/** Mistakes in the combination of valid parts. */
type FaultsOf<O, Rests> = DefaultFault<O> & AskFault<O> & RestFault<O, Rests>

type DefaultFault<O> = O extends { readonly default: infer Default }
  ? [Default] extends [undefined]
    ? unknown
    : O extends { readonly required: true }
      ? { readonly default?: Refused<'it is required, so its default would never be used'> }
      : Default extends readonly unknown[]
        ? O extends { readonly many: true }
          ? unknown
          : { readonly default?: Exclude<DefinitionOf<O>['default'], readonly unknown[]> }
        : unknown
  : unknown

type AskFault<O> = O extends { readonly required: true }
  ? unknown
  : O extends { readonly ask: true }
    ? { readonly ask?: Refused<'ask works only with required: true'> }
    : unknown

type RestFault<O, Rests> = O extends { readonly rest: true }
  ? IsUnion<Rests> extends true
    ? { readonly rest?: Refused<'only one option can take the rest of the line'> }
    : unknown
  : unknown

/** The options that take the rest of the line. */
type Rests<O> = { [Name in keyof O]: Plain<O[Name]> extends { readonly rest: true } ? Name : never }[keyof O]

type IsUnion<T, One = T> = One extends unknown ? ([T] extends [One] ? false : true) : never
