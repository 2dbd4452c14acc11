import type { Invocation, User } from './invocation.js'
import type { Logger } from './logger.js'
import type { Options } from './option.js'
import type { OptionValues, SoundOptions, WrittenOptions } from './option-values.js'
import type { Reply } from './reply.js'
import type { Schedules } from './schedule.js'

/** Stores small JSON values of one tenant; no tenant sees another's. Keys are 1 to 500 bytes long, or methods throw RangeError. */
export interface TenantStore {
  /** Returns the value, or undefined if there is none or it has expired. */
  get(key: string): Promise<unknown>
  /** Sets the value, which expires after `ttlMs` milliseconds if that is given. */
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>
  /** Sets the value only if the key is free. Returns whether it did: of several concurrent callers, exactly one gets true. */
  add(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<boolean>
  delete(key: string): Promise<void>
  /** Returns the entries whose keys begin with `prefix`, in the byte order of their keys. */
  list(prefix: string): AsyncIterable<readonly [key: string, value: unknown]>
}

/** What `run` gets: one call of a command. */
export interface CommandContext<O extends WrittenOptions = Options> {
  /** The value given for each option, or its default. */
  readonly options: OptionValues<O>
  /** Who typed what, and where. `confirmedBy` is the person who confirmed it, if the command or the policy requires that. */
  readonly invocation: Invocation & { readonly command: string; readonly confirmedBy?: User | undefined }
  /** Aborted after the command's `timeout`, and when the bot stops. */
  readonly signal: AbortSignal
  /** Persistent storage for small JSON values of this tenant. */
  readonly store: TenantStore
  /** The bot's log. */
  readonly log: Logger
  /**
   * Runs a command line later, once, in the same room and as the same user, even if the bot restarts in between. `when` is a
   * delay in milliseconds, a delay like `'10m'`, or a date. Resolves to the id of the scheduled call. Throws UsageError for
   * a time that is invalid, past or over a year ahead, and when too many calls are waiting.
   */
  later(when: number | string | Date, line: string): Promise<string>
}

/** One answer: a string, a reply, or nothing. */
export type CommandOutput = string | Reply | undefined

// biome-ignore lint/suspicious/noConfusingVoidType: a command that returns nothing is written as one
type Last = CommandOutput | void

/** What `run` can return. */
export type CommandResult = Last | Promise<Last> | AsyncGenerator<CommandOutput, Last, unknown>

/**
 * Wraps every call, including built-in commands. `call` is what `run` receives. `next()` returns the replies as they are
 * produced; the command starts when the first reply is requested. Return them unchanged, change them, or drop them.
 */
export type CommandMiddleware = (
  call: CommandContext,
  next: () => AsyncIterable<Reply>,
) => MiddlewareResult | Promise<MiddlewareResult>

/** What middleware can return. */
export type MiddlewareResult = AsyncIterable<CommandOutput> | Last

/**
 * Who can run a command, and where. The caller must match every list that is given. Users and tenants are identified by id,
 * because people can choose names; rooms by id, or by name when written as `#name`. A thread also matches its room's id.
 */
export interface Access {
  /** User ids. */
  readonly users?: readonly string[]
  /** Roles reported by the platform, like `admin`. */
  readonly roles?: readonly string[]
  /** Room ids, or names written as `#name`. */
  readonly rooms?: readonly string[]
  /** Tenant ids: groups, workspaces or servers. */
  readonly tenants?: readonly string[]
  /** A check of your own: returns true if the caller can run the command. */
  readonly when?: (who: { readonly user: User; readonly invocation: Invocation }) => boolean | Promise<boolean>
}

/** A limit on how often a command can be run. */
export interface Cooldown {
  /** Minimum time between two runs: milliseconds, or a string like `'30s'`. */
  readonly every: number | string
  /** Whose runs are counted together. Default: `user`. */
  readonly per?: 'user' | 'room' | 'tenant'
}

/** Asks for confirmation before the command runs. */
export interface Confirmation {
  /** The question to ask. */
  readonly question?: string
  /** Who can confirm: user ids, `@mentions` or roles. Default: the caller. */
  readonly by?: readonly string[]
}

/** The parts of a command that don't depend on its options. */
interface CommandParts {
  /** What it does, in a few words. Shown by `/help` and in the platforms' own menus. */
  readonly summary: string
  /** Other names for the last word of the command's path. */
  readonly aliases?: readonly string[]
  /** Example command lines, shown by `/help`. */
  readonly examples?: readonly string[]
  /** How long it can run: milliseconds, or a string like `'2m'`. Default: 30 s. */
  readonly timeout?: number | string
  /** Who can run it, and where. `'anyone'` includes callers whose identity is not verified, unless the policy forbids it. */
  readonly allow?: Access | 'anyone'
  /** Limits how often it can be run. */
  readonly cooldown?: Cooldown
  /** Asks for confirmation first: `true`, a question of your own, or a question and who can confirm. */
  readonly confirm?: boolean | string | Confirmation
  /** True if it is safe to run again: a call interrupted by a crash is then rerun, once. */
  readonly idempotent?: boolean
  /** True if `/help` should not list it. */
  readonly hidden?: boolean
}

/** A slash command. Its name comes from the path of its file: `commands/deploy/status.ts` is `/deploy status`. */
export interface Command<O extends WrittenOptions = Options> extends CommandParts {
  /** Its options, by name. */
  readonly options?: O
  /** Runs it on a schedule: a cron expression like `0 9 * * 1-5`, or several. */
  readonly schedule?: Schedules
  /** Runs the command. Returns its answer, or yields several. Throw UsageError or ForbiddenError to tell the caller why not. */
  run(call: CommandContext<O>): CommandResult
}

/** A command as its author writes it: a `Command` whose options are checked for consistency. */
export interface CommandDefinition<O extends WrittenOptions> extends CommandParts {
  /** Its options, by name. */
  readonly options?: SoundOptions<O>
  /** Runs it on a schedule: a cron expression like `0 9 * * 1-5`, or several. */
  readonly schedule?: Schedules<NoInfer<O>>
  /** Runs the command. Returns its answer, or yields several. Throw UsageError or ForbiddenError to tell the caller why not. */
  run(call: CommandContext<O>): CommandResult
}

/** Defines a command, and infers the types of `options` in `run`. Returns its argument; it is validated when it is loaded. */
export function command<const O extends WrittenOptions = Record<never, never>>(
  definition: CommandDefinition<O>,
): Command<O> {
  return definition as Command<O> // invalid options do not compile at the call
}

/** A loaded command and its name. */
export interface LoadedCommand {
  /** Words separated by spaces, without the slash, like `deploy status`. */
  readonly name: string
  /** Every name it answers to: its own, then its aliases. */
  readonly names: readonly string[]
  readonly command: Command
  /** The file it was loaded from; undefined for a built-in command. */
  readonly file?: string | undefined
}

/** The commands that are loaded now. */
export interface Catalog {
  list(): readonly LoadedCommand[]
  /** Calls `listener` whenever the commands change. Returns a function that unsubscribes it. */
  onChange(listener: () => void): () => void
}
