import type { Command } from '../model/command.js'
import { ConfigError } from '../model/errors.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { Policy } from './policy.js'

/** What names prove on a platform: part of `Platform`. */
export interface Naming {
  readonly name: string
  readonly provesHandles?: boolean
  readonly sharesRoomNames?: boolean
}

/** Why a command's names are ambiguous with these platforms; undefined if they are not. */
export function namingFault({ command }: CompiledCommand, platforms: readonly Naming[]): string | undefined {
  const fault = handleFault(approversOf(command), platforms)
  return fault && `confirm.by: ${fault}`
}

/** Throws ConfigError for a rule whose names are ambiguous with these platforms. */
export function checkNaming({ rules }: Policy, file: string, platforms: readonly Naming[]): void {
  for (const { line, by = [] } of rules) {
    const fault = handleFault(by, platforms)
    if (fault) throw new ConfigError(`${file}:${line}: by: ${fault}`)
  }
}

/** Names that are proven on some platforms but not on others: each a line for the operator. */
export function namingWarnings(
  policy: Policy,
  commands: readonly CompiledCommand[],
  platforms: readonly Naming[],
): readonly string[] {
  const deaf = platforms.filter(({ provesHandles }) => !provesHandles)
  const shared = platforms.filter(({ sharesRoomNames }) => sharesRoomNames)
  const { rooms, people } = namesIn(policy, commands)
  return [
    ...people
      .filter(() => deaf.length > 0)
      .map((one) => `${one} does not identify anyone on ${namesOf(deaf)}: use the user's id`),
    ...rooms
      .filter(() => shared.length > 0)
      .map((one) => `${one} may be several rooms on ${namesOf(shared)}, and never is a thread: write the room's id`),
  ]
}

/** The distinct room and user names in rules and commands. */
function namesIn({ rules }: Policy, commands: readonly CompiledCommand[]) {
  const own = commands.map(({ command }) => command)
  const rooms = [...rules.flatMap((rule) => rule.rooms ?? []), ...own.flatMap(roomsOf)]
  const people = [...rules.flatMap(({ by }) => by ?? []), ...own.flatMap(approversOf)]
  return {
    rooms: [...new Set(rooms.filter((one) => one.startsWith('#')))],
    people: [...new Set(people.filter((one) => one.startsWith('@')))],
  }
}

function roomsOf({ allow }: Command): readonly string[] {
  return (typeof allow === 'object' ? allow.rooms : undefined) ?? []
}

function approversOf({ confirm }: Command): readonly string[] {
  return (typeof confirm === 'object' ? confirm.by : undefined) ?? []
}

function handleFault(approvers: readonly string[], platforms: readonly Naming[]): string | undefined {
  const handle = approvers.find((one) => one.startsWith('@'))
  if (handle === undefined || platforms.length === 0 || platforms.some(({ provesHandles }) => provesHandles)) return
  return `${handle} may be anybody on ${namesOf(platforms)}, for people choose their names: write the user's id`
}

function namesOf(platforms: readonly Naming[]): string {
  return platforms.map(({ name }) => name).join(' and ')
}
