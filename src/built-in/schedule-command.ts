import { command } from '../model/command.js'
import { UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { say, whisper } from '../model/reply.js'
import { quoted } from '../parsing/quote-input.js'
import { refusal } from '../policy/authorization.js'
import { holdsRoom } from '../policy/policy.js'
import { type Entry, toEntry } from '../registry/compiled-command.js'
import type { Registry } from '../registry/registry.js'
import { showTime, type Timetable } from '../scheduler/cron-schedule.js'
import type { Venue } from '../scheduler/proactive-platform.js'
import type { Switches } from '../scheduler/room-subscriptions.js'

/** What `/schedule` shows and switches. */
export interface ScheduleParts {
  readonly switches: Switches
  readonly venues: () => readonly Venue[]
  readonly now: () => number
}

/** The built-in `/schedule`: what is run here by itself, and the switch for it. Whoever may run a command may switch it. */
export function createSchedule(registry: Registry, { switches, venues, now }: ScheduleParts): Entry {
  return toEntry(
    'schedule',
    command({
      summary: 'Shows which commands are run here by themselves, and switches them on or off for this room',
      options: {
        switch: { type: 'choice', positional: true, choices: ['on', 'off'], summary: 'Left out: shows what there is' },
        command: {
          type: 'string',
          positional: true,
          many: true,
          summary: 'The command to switch, such as: deploy status',
        },
      },
      examples: ['/schedule', '/schedule on digest'],
      async run({ options, invocation }) {
        if (!options.switch) return whisper(await overview(invocation))
        const words = options.command.flatMap((word) => word.replace(/^[/／]/, '').split(/\s+/))
        return say(await turn(options.switch === 'on', await find(words, invocation), invocation))
      },
    }) as Entry['command'],
    { builtIn: true },
  )

  async function overview(invocation: Invocation): Promise<string> {
    const lines: string[] = []
    for (const entry of registry.list()) {
      if (entry.timetables.length > 0 && (await isVisible(entry, invocation)))
        lines.push(...(await linesOf(entry, invocation)))
    }
    return lines.length > 0 ? lines.join('\n') : 'Nothing is scheduled that you may run.'
  }

  async function linesOf(entry: Entry, invocation: Invocation): Promise<readonly string[]> {
    const said = await switches.get(entry.name, invocation)
    return await Promise.all(
      entry.timetables.map(async (timetable) => {
        const here = said?.on !== false && (await isMeant(timetable, said?.on === true, invocation))
        const can = mayBeOn(timetable, invocation)
        const not = can ? `not here; /schedule on ${entry.name}` : `only in ${timetable.rooms?.join(', ')}`
        return `${timetable.line} – ${timetable.cron}: ${here ? nextOf(timetable) : not}`
      }),
    )
  }

  async function isMeant(timetable: Timetable, on: boolean, invocation: Invocation): Promise<boolean> {
    if (timetable.rooms) return mayBeOn(timetable, invocation)
    return on || (await isBound(invocation))
  }

  /** Says whether the installation is for this very room. */
  async function isBound({ platform, installation, room }: Invocation): Promise<boolean> {
    const venue = venues().find(({ name }) => name === platform)
    for await (const place of venue?.rooms?.(undefined, installation) ?? []) if (place.room.id === room.id) return true
    return false
  }

  async function find(words: readonly string[], invocation: Invocation): Promise<Entry> {
    const found = words.length > 0 ? registry.find(words) : undefined
    const entry = found?.depth === words.length ? found.entry : undefined
    if (entry?.timetables.length && (await isVisible(entry, invocation))) return entry
    throw new UsageError(`There is no scheduled command ${quoted(`/${words.join(' ')}`)}: /schedule lists them.`)
  }

  async function isVisible(entry: Entry, invocation: Invocation): Promise<boolean> {
    return (await refusal(entry, invocation, registry.policy).catch(() => 'failed')) === undefined
  }

  async function turn(on: boolean, { name, timetables }: Entry, invocation: Invocation): Promise<string> {
    const { platform, installation, tenant, room } = invocation
    const here = timetables.filter((timetable) => mayBeOn(timetable, invocation))
    if (here.length === 0) {
      throw new UsageError(
        `/${name} is scheduled for ${timetables.flatMap(({ rooms }) => rooms ?? []).join(', ')} only.`,
      )
    }
    const venue = venues().find((one) => one.name === platform)
    const replyTo = venue?.later ? venue.later(invocation.replyTo) : invocation.replyTo
    if (replyTo === undefined)
      throw new UsageError('Nothing can be said here unasked: the bot has no token of its own.')
    await switches.set(name, { on, platform, place: { installation, tenant, room, replyTo } })
    return on
      ? `Scheduled here: ${here.map((one) => `${one.line}, ${nextOf(one)}`).join('; ')}.`
      : `/${name} is not run here by itself any more.`
  }

  function nextOf({ next, zone }: Timetable): string {
    const at = next(now())
    return at === undefined ? 'never again' : `next ${showTime(at, zone)} ${zone}`
  }
}

function mayBeOn({ rooms }: Timetable, { room }: Invocation): boolean {
  return !rooms || holdsRoom(rooms, room)
}
