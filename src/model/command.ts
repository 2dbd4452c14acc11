import type { Invocation, User } from './invocation.js'
import type { Logger } from './logger.js'
import type { Options } from './option.js'
import type { OptionValues, SoundOptions, WrittenOptions } from './option-values.js'
import type { Reply } from './reply.js'
import type { Schedules } from './schedule.js'

/** A store for one tenant's own values; keys of one tenant are never another's. */
export interface TenantStore {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<void>
  add(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<boolean>
  delete(key: string): Promise<void>
  list(prefix: string): AsyncIterable<readonly [key: string, value: unknown]>
}

/** One run of a command, as `run` sees it. */
export interface CommandContext<O extends WrittenOptions = Options> {
  /** What was given for each option, or its default. */
  readonly options: OptionValues<O>
  /** Who typed what, and where. `confirmedBy`: who said yes, where the command or the operator's policy asks for that. */
  readonly invocation: Invocation & { readonly command: string; readonly confirmedBy?: User | undefined }
  /** Aborted at the command's `timeout` and when the bot stops. */
  readonly signal: AbortSignal
  /** Small JSON values that outlive the process: the tenant's own keys. */
  readonly store: TenantStore
  /** The bot's log. */
  readonly log: Logger
  /**
   * Types a line again at that time, once, in the same room and as the same user, whatever becomes of the bot meanwhile;
   * `when` is milliseconds or a string such as `10m` from now, or a date. Resolves with the id of what will be run.
   */
  later(when: number | string | Date, line: string): Promise<string>
}

/** One answer: text, a reply, or nothing. */
export type CommandOutput = string | Reply | undefined

// biome-ignore lint/suspicious/noConfusingVoidType: a command that returns nothing is written as one
type Last = CommandOutput | void

/** What `run` may return. */
export type CommandResult = Last | Promise<Last> | AsyncGenerator<CommandOutput, Last, unknown>

/**
 * What every call goes through, built-in ones included. `call` is what `run` gets; `next()` begins the run when its first
 * reply is asked for, and gives the replies as they come. They are given back as they are, changed, or not at all.
 */
export type CommandMiddleware = (
  call: CommandContext,
  next: () => AsyncIterable<Reply>,
) => MiddlewareResult | Promise<MiddlewareResult>

/** What middleware may return. */
export type MiddlewareResult = AsyncIterable<CommandOutput> | Last

/**
 * Who may run a command, and where: every list that is given must hold one of theirs. Users and tenants are known by
 * their ids, which nobody can choose; rooms by id, or by name where it is written `#name`; threads by their room's id too.
 */
export interface Access {
  /** Users by id. */
  readonly users?: readonly string[]
  /** Roles that the platform tells of a user. */
  readonly roles?: readonly string[]
  /** Rooms by id, or by name as `#name`. */
  readonly rooms?: readonly string[]
  /** Tenants by id: a group, workspace or server. */
  readonly tenants?: readonly string[]
  /** Judges by itself: true lets the caller run it. */
  readonly when?: (who: { readonly user: User; readonly invocation: Invocation }) => boolean | Promise<boolean>
}

/** How often a command may be run. */
export interface Cooldown {
  /** Milliseconds, or text such as `30s`. */
  readonly every: number | string
  /** Whose turns are counted together. Default `user`. */
  readonly per?: 'user' | 'room' | 'tenant'
}

/** Asks before it runs. */
export interface Confirmation {
  /** What is asked. */
  readonly question?: string
  /** Who may say yes: users by id or `@mention`, or roles; left out, the caller. */
  readonly by?: readonly string[]
}

/** What every command has but for what depends on its options. */
interface CommandParts {
  /** What it does, in a few words: `/help` and the platforms' own menus show it. */
  readonly summary: string
  /** Other names for the last word of the command's path. */
  readonly aliases?: readonly string[]
  /** Lines that `/help` shows as they are. */
  readonly examples?: readonly string[]
  /** How long it may run: milliseconds, or text such as `2m`. Default 30 s. */
  readonly timeout?: number | string
  /** Who may run it, and where. `'anyone'`: also those whom nothing proves, where no policy says otherwise. */
  readonly allow?: Access | 'anyone'
  /** How often it may be run. */
  readonly cooldown?: Cooldown
  /** Asks before it runs: true, a question of its own, or who may say yes. */
  readonly confirm?: boolean | string | Confirmation
  /** True: is run again after a crash, once. */
  readonly idempotent?: boolean
  /** True: `/help` does not list it. */
  readonly hidden?: boolean
}

/** A slash command: what it is for, what it takes, what it does. Its file's path is its name. */
export interface Command<O extends WrittenOptions = Options> extends CommandParts {
  /** What it takes, by name. */
  readonly options?: O
  /** When it is run by itself: cron, such as `0 9 * * 1-5`. */
  readonly schedule?: Schedules
  /** What it does: gives its answer, or yields several. */
  run(call: CommandContext<O>): CommandResult
}

/** A command as its author writes it: `Command`, with options that hold together. */
export interface CommandDefinition<O extends WrittenOptions> extends CommandParts {
  /** What it takes, by name. */
  readonly options?: SoundOptions<O>
  /** When it is run by itself: cron, such as `0 9 * * 1-5`. */
  readonly schedule?: Schedules<NoInfer<O>>
  /** What it does: gives its answer, or yields several. */
  run(call: CommandContext<O>): CommandResult
}

/** Types a command from its options; returns its argument. */
export function command<const O extends WrittenOptions = Record<never, never>>(
  definition: CommandDefinition<O>,
): Command<O> {
  return definition as Command<O> // what is wrong with its options does not compile at the call
}

/** A command as it was loaded, under its name. */
export interface LoadedCommand {
  /** Words separated by spaces, without the slash: `deploy status`. */
  readonly name: string
  /** Every name it answers to, its own first. */
  readonly names: readonly string[]
  readonly command: Command
  /** The file it came from; undefined for what is built in. */
  readonly file?: string | undefined
}

/** Which commands there are now. */
export interface Catalog {
  list(): readonly LoadedCommand[]
  /** Calls `listener` after the commands changed; returns an unsubscribe function. */
  onChange(listener: () => void): () => void
}
