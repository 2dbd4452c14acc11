import { command } from '../model/command.js'
import { UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { say, whisper } from '../model/reply.js'
import { quoteInput } from '../parsing/quote-input.js'
import type { ProactivePlatform } from '../platforms/platform.js'
import { mayRun } from '../policy/authorization.js'
import { holdsRoom, type Policy } from '../policy/policy.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import { type CronSchedule, formatTime } from '../registry/cron-schedule.js'
import type { Registry } from '../registry/registry.js'
import type { ScheduleSubscriptions } from '../scheduler/room-subscriptions.js'
import { commandName, wordsOf } from './help.js'

/** What `/schedule` needs. */
export interface ScheduleCommandDeps {
  readonly policy: Policy
  readonly subscriptions: ScheduleSubscriptions
  readonly platforms: () => readonly ProactivePlatform[]
  readonly now: () => number
}

/** The built-in `/schedule`: lists what runs here on a schedule, and switches it on or off. Whoever may run a command may switch it. */
export function createScheduleCommand(registry: Registry, deps: ScheduleCommandDeps): CompiledCommand {
  const { policy, subscriptions, platforms, now } = deps
  return compileCommand(
    'schedule',
    command({
      summary: 'Shows which commands are run here by themselves, and switches them on or off for this room',
      options: {
        switch: { type: 'choice', positional: true, choices: ['on', 'off'], summary: 'Left out: shows what there is' },
        command: { ...commandName, summary: 'The command to turn on or off, like deploy status' },
      },
      examples: ['/schedule', '/schedule on digest'],
      async run({ options, invocation }) {
        if (!options.switch) return whisper(await overview(invocation))
        const compiled = await find(wordsOf(options.command), invocation)
        return say(await turn(options.switch === 'on', compiled, invocation))
      },
    }) as CompiledCommand['command'],
    { builtIn: true },
  )

  async function overview(invocation: Invocation): Promise<string> {
    const lines: string[] = []
    for (const compiled of registry.list()) {
      if (compiled.schedules.length > 0 && (await mayRun(compiled, invocation, policy)))
        lines.push(...(await linesOf(compiled, invocation)))
    }
    return lines.length > 0 ? lines.join('\n') : 'Nothing is scheduled that you may run.'
  }

  async function linesOf(compiled: CompiledCommand, invocation: Invocation): Promise<readonly string[]> {
    const said = await subscriptions.get(compiled.name, invocation)
    return await Promise.all(
      compiled.schedules.map(async (schedule) => {
        const here = said?.on !== false && (await isMeant(schedule, said?.on === true, invocation))
        const can = mayBeOn(schedule, invocation)
        const not = can ? `not here; /schedule on ${compiled.name}` : `only in ${schedule.rooms?.join(', ')}`
        return `${schedule.line} – ${schedule.cron}: ${here ? nextOf(schedule) : not}`
      }),
    )
  }

  async function isMeant(schedule: CronSchedule, on: boolean, invocation: Invocation): Promise<boolean> {
    if (schedule.rooms) return mayBeOn(schedule, invocation)
    return on || (await isBound(invocation))
  }

  /** Whether the installation is for this one room. */
  async function isBound({ platform, installation, room }: Invocation): Promise<boolean> {
    const chatPlatform = platforms().find(({ name }) => name === platform)
    for await (const place of chatPlatform?.listRooms?.(undefined, installation) ?? [])
      if (place.room.id === room.id) return true
    return false
  }

  async function find(words: readonly string[], invocation: Invocation): Promise<CompiledCommand> {
    const match = words.length > 0 ? registry.find(words) : undefined
    const compiled = match?.depth === words.length ? match.compiled : undefined
    if (compiled?.schedules.length && (await mayRun(compiled, invocation, policy))) return compiled
    throw new UsageError(`There is no scheduled command ${quoteInput(`/${words.join(' ')}`)}: /schedule lists them.`)
  }

  async function turn(on: boolean, { name, schedules }: CompiledCommand, invocation: Invocation): Promise<string> {
    const { platform, installation, tenant, room } = invocation
    const here = schedules.filter((schedule) => mayBeOn(schedule, invocation))
    if (here.length === 0) {
      const rooms = schedules.flatMap((schedule) => schedule.rooms ?? [])
      throw new UsageError(`/${name} is scheduled for ${rooms.join(', ')} only.`)
    }
    const chatPlatform = platforms().find((one) => one.name === platform)
    const replyTo = chatPlatform?.durableReplyTo ? chatPlatform.durableReplyTo(invocation.replyTo) : invocation.replyTo
    if (replyTo === undefined) throw new UsageError('The bot cannot post here on its own: it has no token of its own.')
    await subscriptions.set(name, { on, platform, place: { installation, tenant, room, replyTo } })
    return on
      ? `Scheduled here: ${here.map((one) => `${one.line}, ${nextOf(one)}`).join('; ')}.`
      : `/${name} no longer runs here on a schedule.`
  }

  function nextOf({ next, zone }: CronSchedule): string {
    const at = next(now())
    return at === undefined ? 'never again' : `next ${formatTime(at, zone)} ${zone}`
  }
}

function mayBeOn({ rooms }: CronSchedule, { room }: Invocation): boolean {
  return !rooms || holdsRoom(rooms, room)
}
