import { command } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import { whisper } from '../model/reply.js'
import { quoteInput } from '../parsing/quote-input.js'
import { optionTable, usageLine } from '../parsing/usage.js'
import { authorize, mayRun } from '../policy/authorization.js'
import type { Policy } from '../policy/policy.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import { formatSchedule } from '../registry/cron-schedule.js'
import type { CommandMatch, Registry } from '../registry/registry.js'

/** An option that takes a command's name, with its slash or without. */
export const commandName = { type: 'string', positional: true, many: true } as const

/** The words of a name that was given to such an option. */
export function wordsOf(given: readonly string[]): readonly string[] {
  return given.flatMap((word) => word.replace(/^[/／]/, '').split(/\s+/))
}

/** The commands there are, and who may see which of them. */
export interface VisibleCommands {
  readonly registry: Registry
  readonly policy: Policy
}

/** The built-in `/help`: what the caller may run, and how. */
export function createHelp(catalog: VisibleCommands): CompiledCommand {
  return compileCommand(
    'help',
    command({
      summary: 'Lists the commands, or shows how to use one',
      options: {
        command: { ...commandName, summary: 'The command to explain, such as: deploy status' },
      },
      async run({ options, invocation }) {
        const words = wordsOf(options.command).slice(0, 20)
        const text = words.length > 0 ? explain(catalog, words, invocation) : overview(catalog, invocation)
        return whisper(await text)
      },
    }) as CompiledCommand['command'],
    { builtIn: true },
  )
}

/** Says what a folder of commands holds that the caller may run; undefined where that is nothing. */
export async function listSubcommands(
  catalog: VisibleCommands,
  name: string,
  invocation: Invocation,
): Promise<string | undefined> {
  const below = catalog.registry.list().filter((compiled) => compiled.name.startsWith(`${name} `))
  const lines = await linesOf(catalog, below, invocation)
  return lines.length > 0 ? lines.join('\n') : undefined
}

/** What the words probably meant, among what the caller may run. */
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

/** Most lines that `/help` prints. */
const most = 100

async function overview(catalog: VisibleCommands, invocation: Invocation): Promise<string> {
  const lines = await linesOf(catalog, catalog.registry.list(), invocation)
  return [...lines, '/help <command> tells more about one.'].join('\n')
}

async function linesOf(catalog: VisibleCommands, entries: readonly CompiledCommand[], invocation: Invocation) {
  const lines: string[] = []
  let more = 0
  for (const compiled of entries) {
    if (!(await isShown(catalog, compiled, invocation))) continue
    if (lines.length < most) lines.push(`/${compiled.name} – ${compiled.command.summary}`)
    else more++
  }
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}

async function isShown({ policy }: VisibleCommands, compiled: CompiledCommand, invocation: Invocation) {
  return !compiled.command.hidden && (await mayRun(compiled, invocation, policy))
}

async function explain(catalog: VisibleCommands, words: readonly string[], invocation: Invocation): Promise<string> {
  const match = catalog.registry.find(words)
  const whole = match?.depth === words.length ? match : undefined
  const text = whole && (await describe(catalog, whole, invocation))
  if (text) return text
  const parent = words.slice(0, match?.depth ?? 0)
  const near = await suggestCommand(catalog, words[parent.length] ?? '', parent, invocation)
  return `There is no command ${quoteInput(`/${words.join(' ')}`)}.${near ? ` Did you mean /${near}?` : ''}`
}

async function describe(catalog: VisibleCommands, match: CommandMatch, invocation: Invocation) {
  const { compiled, name } = match
  const below = await listSubcommands(catalog, name, invocation)
  // A hidden command is explained to those who know its name.
  if (!compiled || (await authorize(compiled, invocation, catalog.policy)).denied !== undefined) return below
  const { compiledOptions, command, schedules } = compiled
  const aliases = compiled.names.slice(1)
  const blocks = [
    `${usageLine(name, compiledOptions)}\n${command.summary}`,
    optionTable(compiledOptions).join('\n'),
    aliases.length > 0 ? `Also: ${aliases.map((alias) => `/${alias}`).join(', ')}` : '',
    schedules.length > 0 ? `Scheduled: ${schedules.map(formatSchedule).join('; ')}` : '',
    command.examples?.length ? `Examples:\n${command.examples.join('\n')}` : '',
    below ?? '',
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}
