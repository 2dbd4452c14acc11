import { Cron } from 'croner'
import type { Command } from '../model/command.js'
import { ConfigError } from '../model/errors.js'
import type { Schedule } from '../model/schedule.js'
import { bindOptions } from '../parsing/bind-options.js'
import type { CompiledOptions } from '../parsing/compile-options.js'
import { createFaultList } from '../parsing/error-collector.js'
import { formatLine } from '../parsing/format-line.js'
import { readOption } from '../parsing/parse-options.js'
import { tokenize } from '../parsing/tokenize.js'
import { messageOf } from '../shared/error-details.js'

/** A compiled schedule. */
export interface CronSchedule {
  readonly cron: string
  readonly zone: string
  readonly rooms?: readonly string[] | undefined
  /** The line to run. */
  readonly line: string
  /** The first time after `at`, in milliseconds since 1970; undefined if there is none. */
  next(at: number): number | undefined
}

/** Compiles a command's schedules, including their options if those are known. Throws ConfigError, which names all mistakes. */
export function compileSchedules(
  name: string,
  schedule: Command['schedule'],
  options: CompiledOptions | undefined,
): readonly CronSchedule[] {
  if (schedule === undefined) return []
  const faults = createFaultList()
  const given: readonly (string | Schedule)[] = isList(schedule) ? schedule : [schedule]
  const schedules = given.map((one) => (typeof one === 'string' ? { cron: one } : one))
  const compiled = schedules.flatMap((one) => faults.attempt(() => compileSchedule(name, one, options)) ?? [])
  const error = faults.error()
  if (error) throw error
  return compiled
}

/** In a readable form: `0 9 * * 1-5 Europe/Berlin`. */
export function formatSchedule({ cron, zone, rooms }: CronSchedule): string {
  return `${cron} ${zone}${rooms ? ` in ${rooms.join(', ')}` : ''}`
}

/** A time in the schedule's zone: `Tue 2030-01-01 09:00`. */
export function formatTime(at: number, zone: string): string {
  const day = new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'short' }).format(at)
  return `${day} ${new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(at)}`
}

function isList(schedule: NonNullable<Command['schedule']>): schedule is readonly (string | Schedule)[] {
  return Array.isArray(schedule)
}

function compileSchedule(
  name: string,
  schedule: Schedule,
  compiledOptions: CompiledOptions | undefined,
): CronSchedule | undefined {
  const { cron, zone = 'UTC', rooms, options = {} } = schedule
  checkZone(zone)
  const times = toCron(cron, zone)
  if (!compiledOptions) return undefined
  const line = formatLine(name, options, compiledOptions)
  const error = findError(name, line, compiledOptions)
  if (error) throw new ConfigError(`schedule ${JSON.stringify(cron)}: ${error}`)
  let known: { readonly after: number; readonly next: number | undefined } | undefined
  return {
    cron,
    zone,
    line,
    rooms,
    next(at) {
      // Cached until that time, because it is asked often.
      if (known && at >= known.after && (known.next === undefined || at < known.next)) return known.next
      known = { after: at, next: times.nextRun(new Date(at))?.getTime() }
      return known.next
    },
  }
}

function checkZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    throw new ConfigError(`schedule: unknown time zone ${JSON.stringify(zone)}; use a name like Europe/Berlin`)
  }
}

/** Without a callback, Cron only computes times and sets no timer. */
function toCron(cron: string, timezone: string): Cron {
  try {
    const times = new Cron(cron, { timezone, mode: '5-part', paused: true, fixedTimeRule: 'no-wildcard' })
    if (times.nextRun()) return times
  } catch (error) {
    const reason = messageOf(error).replace(/^CronPattern: /, '')
    throw new ConfigError(`schedule ${JSON.stringify(cron)} is not a cron expression: ${reason}`, { cause: error })
  }
  throw new ConfigError(`schedule ${JSON.stringify(cron)} is never due`)
}

/** Reports errors that would occur on every run; a schema is applied only when it runs. */
function findError(name: string, line: string, compiledOptions: CompiledOptions): string | undefined {
  const { texts, errors } = bindOptions(compiledOptions, line, tokenize(line).slice(name.split(' ').length))
  const outcomes = compiledOptions.options.map((one) => readOption(one, texts.get(one)))
  return [...errors, ...outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []))][0]?.message
}
