import type { Command } from '../model/command.js'
import { type CompiledOptions, compileOptions } from '../parsing/compile-options.js'
import { createFaultList } from '../parsing/error-collector.js'
import { type CronSchedule, compileSchedules } from './cron-schedule.js'

/** The compiled parts of a command. */
export interface CompiledParts {
  readonly compiledOptions: CompiledOptions
  /** When it runs on its own. */
  readonly schedules: readonly CronSchedule[]
}

/** Compiles a command's options and schedules. Throws ConfigError, which names all mistakes. */
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
