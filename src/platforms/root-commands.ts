import type { LoadedCommand } from '../model/command.js'
import { optionUsage } from '../parsing/usage.js'

/** The first word of commands, for services that register only single words. */
export interface RootCommand {
  readonly word: string
  /** False if all of them are hidden. */
  readonly shown: boolean
  readonly summary: string
  /** What may follow it, in one line: `[status|start]`, or its own options. */
  readonly hint: string
}

/** The first words of all command names, in lower case. */
export function rootCommands(commands: readonly LoadedCommand[]): readonly RootCommand[] {
  const words = new Map<string, LoadedCommand[]>()
  for (const command of commands) {
    for (const word of new Set(command.names.map((path) => path.split(' ')[0]?.toLowerCase() ?? ''))) {
      if (word !== '') words.set(word, [...(words.get(word) ?? []), command])
    }
  }
  return [...words].map(([word, below]) => describe(word, below))
}

function describe(word: string, commands: readonly LoadedCommand[]): RootCommand {
  const own = commands.find(({ names }) => names.includes(word))
  const shown = commands.filter(({ command }) => !command.hidden)
  return {
    word,
    shown: shown.length > 0,
    summary: own ? own.command.summary : shown.map(({ command }) => command.summary).join(' · '),
    hint: hintOf(word, shown),
  }
}

function hintOf(word: string, commands: readonly LoadedCommand[]): string {
  const own = commands.find(({ names }) => names.includes(word))
  const below = commands.flatMap(({ names }) => names.find((path) => path.startsWith(`${word} `))?.split(' ')[1] ?? [])
  const next = [...new Set(below)]
  const options = Object.entries(own?.command.options ?? {}).map(([name, option]) => optionUsage(name, option))
  return [...(next.length > 0 ? [`[${next.join('|')}]`] : []), ...options].join(' ')
}
