import type { Catalog, LoadedCommand } from '../../../model/command.js'
import { shorten } from '../../../shared/text.js'
import type { BotCommand } from '../wire.js'

/** The commands in the service's menu: one word each. */
export interface Menu {
  readonly entries: readonly BotCommand[]
  /** Commands that the menu cannot have, and why. */
  readonly left: readonly { readonly command: string; readonly why: string }[]
  /** The command for a word of the menu, which people may also type; undefined if there is none or it is ambiguous. */
  find(word: string): string | undefined
  /** Whether a command begins with exactly this word. */
  hasRoot(word: string): boolean
}

/** Creates a function that returns the current menu. */
export function createMenu(catalog: Catalog): () => Menu {
  let menu: Menu | undefined
  catalog.onChange(() => {
    menu = undefined
  })
  return () => {
    menu ??= buildMenu(catalog.list())
    return menu
  }
}

/** Builds the menu. https://core.telegram.org/bots/api#botcommand */
export function buildMenu(commands: readonly LoadedCommand[]): Menu {
  const named = new Map<string, Set<string>>()
  for (const { name, names } of commands) {
    for (const word of names.map(toWord)) named.set(word, new Set([...(named.get(word) ?? []), name]))
  }
  const roots = new Set(commands.flatMap(({ names }) => names.map((path) => path.split(' ')[0]?.toLowerCase())))
  const paths = new Map(commands.flatMap(({ names }) => names.map((path) => [toWord(path), path] as const)))
  const shown = commands.filter(({ command }) => !command.hidden)
  const judged = shown.map((one) => ({ one, why: faultOf(one, named.get(toWord(one.name))) }))
  const fitting = judged.filter(({ why }) => why === undefined).map(({ one }) => one)
  return {
    entries: fitting.slice(0, mostEntries).map(toEntry),
    left: [
      ...judged.flatMap(({ one, why }) => (why === undefined ? [] : [{ command: one.name, why }])),
      ...fitting.slice(mostEntries).map((one) => ({ command: one.name, why: `the menu has room for ${mostEntries}` })),
    ],
    find: (word) => (named.get(word)?.size === 1 ? paths.get(word) : undefined),
    hasRoot: (word) => roots.has(word),
  }
}

const mostEntries = 100
const longestWord = 32

/** `deploy status` and `deploy-status` become `deploy_status`. */
function toWord(path: string): string {
  return path.toLowerCase().replace(/[ -]/g, '_')
}

/** Help is always for its caller; for other commands that is unknown. */
function toEntry({ name, command, file }: LoadedCommand): BotCommand {
  const entry = { command: toWord(name), description: shorten(command.summary.trim() || name, 256) }
  return name === 'help' && file === undefined ? { ...entry, is_ephemeral: true } : entry
}

function faultOf({ name }: LoadedCommand, sharers: ReadonlySet<string> = new Set()): string | undefined {
  const word = toWord(name)
  if (!/^[a-z0-9_]+$/.test(word)) return 'the menu takes the letters a to z, digits and _ only'
  if (word.length > longestWord) return `the menu takes ${longestWord} characters at most`
  const others = [...sharers].filter((one) => one !== name).map((one) => `/${one}`)
  return others.length > 0 ? `it would be called /${word} there, and so would ${others.join(', ')}` : undefined
}
