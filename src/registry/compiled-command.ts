import type { Command, LoadedCommand } from '../model/command.js'
import { prepareOptions, type Takes } from '../parsing/compile-options.js'
import { type Timetable, toTimetables } from '../scheduler/cron-schedule.js'

/** A command that can be run: its options are prepared. */
export interface Entry extends LoadedCommand {
  readonly takes: Takes
  /** When it is run by itself. */
  readonly timetables: readonly Timetable[]
  /** True where no file made it: every bot has it, and everybody may run it. */
  readonly builtIn?: true
  /** Answers a question under a code: what it runs is the call that was asked back. */
  readonly answers?: 'confirm' | 'option'
  /** Puts the file's own lines into a stack trace. */
  readonly locate?: (stack: string) => string
}

/** Makes a command ready to run under a name. Throws ConfigError for options and schedules that cannot work. */
export function toEntry(
  name: string,
  command: Command,
  origin: Pick<Entry, 'file' | 'locate' | 'builtIn' | 'answers'> = {},
): Entry {
  const parent = name.slice(0, name.lastIndexOf(' ') + 1)
  const aliases = (command.aliases ?? []).map((alias) => `${parent}${alias.toLowerCase()}`)
  const takes = prepareOptions(command.options)
  const timetables = toTimetables(name, command, takes)
  return { name, names: [...new Set([name, ...aliases])], command, takes, timetables, ...origin }
}
