import type { Invocation } from './invocation.js'
import type { Options } from './option.js'
import type { ScheduledOptions, WrittenOptions } from './option-values.js'

/** When a command is run by itself. */
export interface Schedule<O extends WrittenOptions = Options> {
  /** Minute, hour, day of the month, month, day of the week: `0 9 * * 1-5`. */
  readonly cron: string
  /** Whose time that is, by its IANA name, such as `Europe/Berlin`; UTC if left out. */
  readonly zone?: string
  /** Where, by id or as `#name`; left out, where the bot was installed for one room, and where `/schedule on` was typed. */
  readonly rooms?: readonly string[]
  readonly options?: ScheduledOptions<O>
}

/** One schedule or several; a string is its `cron`. */
export type Schedules<O extends WrittenOptions = Options> = string | Schedule<O> | readonly (string | Schedule<O>)[]

/** A room that the bot can post to without an invocation from there. */
export type ReplyTarget = Pick<Invocation, 'installation' | 'tenant' | 'room' | 'replyTo'>
