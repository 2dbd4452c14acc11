import { command } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import { escapeHtml, type TextReply, whisper } from '../model/reply.js'
import { quoteInput } from '../parsing/quote-input.js'
import { optionTable, usageLine } from '../parsing/usage.js'
import { authorize, mayRun } from '../policy/authorization.js'
import type { Policy } from '../policy/policy.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import { formatSchedule } from '../registry/cron-schedule.js'
import type { CommandMatch, Registry } from '../registry/registry.js'

/** An option that takes a command's name, with or without its slash. */
export const commandName = { type: 'string', positional: true, many: true } as const

/** The words of a command name given to such an option. */
export function wordsOf(given: readonly string[]): readonly string[] {
  return given.flatMap((word) => word.replace(/^[/／]/, '').split(/\s+/))
}

/** The commands, and who may see them. */
export interface VisibleCommands {
  readonly registry: Registry
  readonly policy: Policy
}

/** The built-in `/help`: what the caller may run, and how to use it. */
export function createHelp(catalog: VisibleCommands): CompiledCommand {
  return compileCommand(
    'help',
    command({
      summary: 'Lists the commands, or shows how to use one',
      options: {
        command: { ...commandName, summary: 'The command to explain, like deploy status' },
      },
      async run({ options, invocation }) {
        const words = wordsOf(options.command).slice(0, 20)
        return await (words.length > 0 ? explain(catalog, words, invocation) : overview(catalog, invocation))
      },
    }) as CompiledCommand['command'],
    { builtIn: true },
  )
}

/** Lists the commands in a folder that the caller may run; undefined if there are none. */
export async function listSubcommands(
  catalog: VisibleCommands,
  name: string,
  invocation: Invocation,
): Promise<string | undefined> {
  const { shown, more } = await selectShown(catalog, below(catalog, name), invocation)
  const lines = shown.map((compiled) => `/${compiled.name} – ${compiled.command.summary}`)
  return lines.length > 0 ? [...lines, ...more].join('\n') : undefined
}

function below({ registry }: VisibleCommands, name: string): readonly CompiledCommand[] {
  return registry.list().filter((compiled) => compiled.name.startsWith(`${name} `))
}

/** The closest command that the caller may run. */
export async function suggestCommand(
  catalog: VisibleCommands,
  word: string,
  parent: readonly string[],
  invocation: Invocation,
): Promise<string | undefined> {
  const near = catalog.registry.suggest(word, parent)
  const match = near === undefined ? undefined : catalog.registry.find([...parent, near])
  if (!match) return undefined
  const shown = match.compiled
    ? await isShown(catalog, match.compiled, invocation)
    : (await listSubcommands(catalog, match.name, invocation)) !== undefined
  return shown ? match.name : undefined
}

/** The most lines that `/help` prints. */
const most = 100

/** The bot's own commands first, then the built-in ones. */
async function overview(catalog: VisibleCommands, invocation: Invocation): Promise<TextReply> {
  const { shown, more } = await selectShown(catalog, catalog.registry.list(), invocation)
  const width = widthOf(shown)
  const [own, builtIn] = [shown.filter((one) => !one.builtIn), shown.filter((one) => one.builtIn)]
  const groups = [own, builtIn].filter(({ length }) => length > 0).map((group) => columns(group, width))
  return inHtml([code([groups.join('\n\n'), ...more].join('\n')), escapeHtml('/help <command> tells more about one.')])
}

/** Names and summaries in columns that line up in a monospaced font. */
function columns(commands: readonly CompiledCommand[], width = widthOf(commands)): string {
  return commands.map(({ name, command }) => `${`/${name}`.padEnd(width)}  ${command.summary}`).join('\n')
}

/** Caps the column so that one long name does not push all summaries away. */
function widthOf(commands: readonly CompiledCommand[]): number {
  return Math.min(24, Math.max(0, ...commands.map(({ name }) => name.length + 1)))
}

function code(text: string): string {
  return `<pre>${escapeHtml(text)}</pre>`
}

function inHtml(parts: readonly string[]): TextReply {
  return { ...whisper(parts.filter((part) => part !== '').join('\n')), format: 'html' }
}

/** The commands that the caller may see, and a note if there are more than a room can take. */
async function selectShown(catalog: VisibleCommands, commands: readonly CompiledCommand[], invocation: Invocation) {
  const shown: CompiledCommand[] = []
  for (const compiled of commands) if (await isShown(catalog, compiled, invocation)) shown.push(compiled)
  const left = shown.length - most
  return { shown: shown.slice(0, most), more: left > 0 ? [`… and ${left} more`] : [] }
}

async function isShown({ policy }: VisibleCommands, compiled: CompiledCommand, invocation: Invocation) {
  return !compiled.command.hidden && (await mayRun(compiled, invocation, policy))
}

async function explain(catalog: VisibleCommands, words: readonly string[], invocation: Invocation): Promise<TextReply> {
  const match = catalog.registry.find(words)
  const whole = match?.depth === words.length ? match : undefined
  const parts = whole ? await describe(catalog, whole, invocation) : []
  if (parts.length > 0) return inHtml(parts)
  const parent = words.slice(0, match?.depth ?? 0)
  const near = await suggestCommand(catalog, words[parent.length] ?? '', parent, invocation)
  return whisper(`There is no command ${quoteInput(`/${words.join(' ')}`)}.${near ? ` Did you mean /${near}?` : ''}`)
}

/** How to use a command, as pieces of HTML; empty if the caller may not see it. */
async function describe(
  catalog: VisibleCommands,
  { compiled, name }: CommandMatch,
  invocation: Invocation,
): Promise<readonly string[]> {
  const { shown, more } = await selectShown(catalog, below(catalog, name), invocation)
  const list = shown.length > 0 ? code([columns(shown), ...more].join('\n')) : ''
  // A hidden command is explained to anyone who knows its name.
  if (!compiled || (await authorize(compiled, invocation, catalog.policy)).denied !== undefined) {
    return list ? [list] : []
  }
  const { compiledOptions, command, schedules } = compiled
  const aliases = compiled.names.slice(1).map((alias) => `/${alias}`)
  const options = optionTable(compiledOptions)
  const facts = [
    aliases.length > 0 ? `Also: ${aliases.join(', ')}` : '',
    schedules.length > 0 ? `Scheduled: ${schedules.map(formatSchedule).join('; ')}` : '',
    command.examples?.length ? 'Examples:' : '',
  ]
  return [
    `${escapeHtml(command.summary)}${code(usageLine(name, compiledOptions))}`,
    options.length > 0 ? code(options.join('\n')) : '',
    facts.filter(Boolean).map(escapeHtml).join('<br>'),
    command.examples?.length ? code(command.examples.join('\n')) : '',
    list,
  ].filter((part) => part !== '')
}
