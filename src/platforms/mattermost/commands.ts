import type { LoadedCommand } from '../../model/command.js'
import { usageHint } from './hint.js'
import { type CustomCommand, reachAll } from './wire.js'

/** A slash command as we want it. */
export type Wanted = Omit<CustomCommand, 'id' | 'token' | 'team_id'>

/** What has to be done for a team to have the commands that are wanted. */
export interface CommandPlan {
  readonly add: readonly Wanted[]
  readonly change: readonly { readonly from: CustomCommand; readonly to: Wanted }[]
  readonly remove: readonly CustomCommand[]
  /** Words that somebody else's command has already. */
  readonly taken: readonly string[]
}

/** Says what to add, change and remove. Commands that lead elsewhere are not ours, and stay; so do `reserved` words. */
export function planCommands(
  existing: readonly CustomCommand[],
  wanted: readonly Wanted[],
  url: string,
  reserved: readonly string[] = [],
): CommandPlan {
  const ours = new Map(existing.filter((one) => one.url === url).map((one) => [one.trigger, one]))
  const others = new Set([...reserved, ...existing.filter((one) => one.url !== url).map(({ trigger }) => trigger)])
  const words = new Set(wanted.map(({ trigger }) => trigger))
  return {
    add: wanted.filter(({ trigger }) => !ours.has(trigger) && !others.has(trigger)),
    change: wanted.flatMap((to) => {
      const from = ours.get(to.trigger)
      return from && differs(from, to) ? [{ from, to }] : []
    }),
    remove: [...ours.values()].filter(({ trigger }) => !words.has(trigger)),
    taken: [...words].filter((word) => !ours.has(word) && others.has(word)),
  }
}

/** One command for each first word: what comes after it is text to the server. */
export function wantedCommands(commands: readonly LoadedCommand[], url: string, username: string): readonly Wanted[] {
  const words = new Map<string, LoadedCommand[]>()
  for (const command of commands) {
    for (const word of new Set(command.names.map((path) => path.split(' ')[0]?.toLowerCase() ?? ''))) {
      if (word !== '' && word.length <= 128) words.set(word, [...(words.get(word) ?? []), command])
    }
  }
  const all = [...words].map(([word, below]) => toWanted(word, below, { url, username }))
  return words.has(reachAll) ? all : [...all, toReachAll({ url, username })]
}

type Sender = Pick<Wanted, 'url' | 'username'>

function toReachAll(bot: Sender): Wanted {
  return {
    ...bot,
    trigger: reachAll,
    method: 'P',
    display_name: reachAll,
    auto_complete: true,
    auto_complete_desc: 'Any command of the bot, also where its own word is taken',
    auto_complete_hint: '[help]',
  }
}

function toWanted(word: string, commands: readonly LoadedCommand[], bot: Sender): Wanted {
  const own = commands.find(({ names }) => names.includes(word))
  const shown = commands.filter(({ command }) => !command.hidden)
  const summaries = own ? own.command.summary : shown.map(({ command }) => command.summary).join(' · ')
  return {
    ...bot,
    trigger: word,
    method: 'P',
    display_name: cut(word, 64),
    auto_complete: shown.length > 0,
    auto_complete_desc: cut(summaries, 128),
    auto_complete_hint: cut(usageHint(word, shown), 128),
  }
}

function differs(from: CustomCommand, to: Wanted): boolean {
  return (Object.keys(to) as (keyof Wanted)[]).some((key) => from[key] !== to[key])
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
