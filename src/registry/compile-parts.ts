import type { Command } from '../model/command.js'
import { type CompiledOptions, compileOptions } from '../parsing/compile-options.js'
import { createFaultList } from '../parsing/error-collector.js'
import { type CronSchedule, compileSchedules } from './cron-schedule.js'

/** What of a command is prepared before it is called. */
export interface CompiledParts {
  readonly compiledOptions: CompiledOptions
  /** When it is run by itself. */
  readonly schedules: readonly CronSchedule[]
}

/** Prepares a command's options and schedules. Throws ConfigError naming all that cannot work. */
export function compileParts(
  name: string,
  { options, schedule }: Pick<Command, 'options' | 'schedule'>,
): CompiledParts {
  const faults = createFaultList()
  const compiledOptions = faults.attempt(() => compileOptions(options))
  const schedules = faults.attempt(() => compileSchedules(name, schedule, compiledOptions))
  if (!compiledOptions || !schedules) throw faults.error()
  return { compiledOptions, schedules }
}
