import type { LoadedCommand } from '../../model/command.js'
import { shorten, shortenBytes } from '../../shared/text.js'
import { type RootCommand, rootCommands } from '../root-commands.js'
import { type CustomCommand, reachAll } from './wire.js'

/** A slash command to register. */
export type WantedCommand = Omit<CustomCommand, 'id' | 'token' | 'team_id'>

/** The changes that give a team the wanted commands. */
export interface CommandPlan {
  readonly add: readonly WantedCommand[]
  readonly change: readonly { readonly from: CustomCommand; readonly to: WantedCommand }[]
  readonly remove: readonly CustomCommand[]
  /** Words that other commands already use. */
  readonly taken: readonly string[]
}

/** Returns what to add, change and remove. Commands with other addresses are foreign and stay, as do `reserved` words. */
export function planCommands(
  existing: readonly CustomCommand[],
  wanted: readonly WantedCommand[],
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

/** One command per first word; everything after it is text. */
export function wantedCommands(commands: readonly LoadedCommand[], bot: Sender): readonly WantedCommand[] {
  const words = rootCommands(commands).filter(({ word }) => fitsTrigger(word))
  const all = words.some(({ word }) => word === reachAll) ? words : [...words, reachAllCommand]
  return all.map((word) => toWanted(word, bot))
}

/** First words that are too long for the server. */
export function longWords(commands: readonly LoadedCommand[]): readonly string[] {
  return rootCommands(commands).flatMap(({ word }) => (fitsTrigger(word) ? [] : [word]))
}

/** The server counts bytes. */
function fitsTrigger(word: string): boolean {
  return Buffer.byteLength(word) <= 128
}

type Sender = Pick<WantedCommand, 'url' | 'username'>

const reachAllCommand: RootCommand = {
  word: reachAll,
  shown: true,
  summary: 'Any command of the bot, also where its own word is taken',
  hint: '[help]',
}

function toWanted({ word, shown, summary, hint }: RootCommand, bot: Sender): WantedCommand {
  return {
    ...bot,
    trigger: word,
    method: 'P',
    display_name: shortenBytes(word, 64),
    auto_complete: shown,
    auto_complete_desc: shorten(summary, 128),
    auto_complete_hint: shorten(hint, 128),
  }
}

function differs(from: CustomCommand, to: WantedCommand): boolean {
  return (Object.keys(to) as (keyof WantedCommand)[]).some((key) => from[key] !== to[key])
}
