import type { Invocation } from './invocation.js'
import type { Options } from './option.js'
import type { ScheduledOptions, WrittenOptions } from './option-values.js'

/** When and where a command runs on a schedule. */
export interface Schedule<O extends WrittenOptions = Options> {
  /** A cron expression: minute, hour, day of month, month, day of week. `0 9 * * 1-5` is 9:00 on weekdays. */
  readonly cron: string
  /** The time zone, by its IANA name, like `Europe/Berlin`. Default: UTC. */
  readonly zone?: string
  /** Room ids, or names as `#name`. Default: rooms that the bot is installed in individually, and rooms with `/schedule on`. */
  readonly rooms?: readonly string[]
  readonly options?: ScheduledOptions<O>
}

/** One or more schedules. A string is a cron expression. */
export type Schedules<O extends WrittenOptions = Options> = string | Schedule<O> | readonly (string | Schedule<O>)[]

/** A room that the bot can post to without being invoked from there. */
export type ReplyTarget = Pick<Invocation, 'installation' | 'tenant' | 'room' | 'replyTo'>
