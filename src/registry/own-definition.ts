import type { Command } from '../model/command.js'
import { isRecord } from '../shared/json.js'
import { ownOnly } from '../shared/own-properties.js'

/** A definition without inherited properties, whatever code adds to `Object.prototype`. */
export function ownDefinition(command: Command): Command {
  const own: Record<string, unknown> = ownOnly({ ...command })
  for (const part of ['allow', 'cooldown', 'confirm'] as const) if (part in own) own[part] = ownOnly(own[part])
  if (isRecord(own['options'])) own['options'] = ownOptions(own['options'])
  if ('schedule' in own) own['schedule'] = ownSchedules(own['schedule'])
  return own as unknown as Command
}

function ownOptions(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return ownOnly(Object.fromEntries(Object.entries(options).map(([name, option]) => [name, ownOnly(option)])))
}

function ownSchedules(schedule: unknown): unknown {
  if (Array.isArray(schedule)) return schedule.map(ownSchedules)
  if (!isRecord(schedule)) return schedule
  const own: Record<string, unknown> = ownOnly(schedule)
  if ('options' in own) own['options'] = ownOnly(own['options'])
  return own
}
