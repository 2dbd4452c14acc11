import { command } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import { whisper } from '../model/reply.js'
import { quoteInput } from '../parsing/quote-input.js'
import { optionTable, usageLine } from '../parsing/usage.js'
import { denialReason } from '../policy/authorization.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import { formatSchedule } from '../registry/cron-schedule.js'
import type { CommandMatch, Registry } from '../registry/registry.js'

/** The built-in `/help`: what the caller may run, and how. */
export function createHelp(registry: Registry): CompiledCommand {
  return compileCommand(
    'help',
    command({
      summary: 'Lists the commands, or shows how to use one',
      options: {
        command: {
          type: 'string',
          positional: true,
          many: true,
          summary: 'The command to explain, such as: deploy status',
        },
      },
      async run({ options, invocation }) {
        const words = options.command.flatMap((word) => word.replace(/^[/／]/, '').split(/\s+/)).slice(0, 20)
        return whisper(
          words.length > 0 ? await explain(registry, words, invocation) : await overview(registry, invocation),
        )
      },
    }) as CompiledCommand['command'],
    { builtIn: true },
  )
}

/** Says what a folder of commands holds that the caller may run; undefined where that is nothing. */
export async function listSubcommands(
  registry: Registry,
  name: string,
  invocation: Invocation,
): Promise<string | undefined> {
  const below = registry.list().filter((compiled) => compiled.name.startsWith(`${name} `))
  const lines = await linesOf(registry, below, invocation)
  return lines.length > 0 ? lines.join('\n') : undefined
}

/** What the words probably meant, among what the caller may run. */
export async function suggestCommand(
  registry: Registry,
  word: string,
  parent: readonly string[],
  invocation: Invocation,
): Promise<string | undefined> {
  const near = registry.suggest(word, parent)
  const match = near === undefined ? undefined : registry.find([...parent, near])
  if (!match) return undefined
  const shown = match.compiled
    ? await isShown(registry, match.compiled, invocation)
    : (await listSubcommands(registry, match.name, invocation)) !== undefined
  return shown ? match.name : undefined
}

/** More lines than this help nobody. */
const most = 100

async function overview(registry: Registry, invocation: Invocation): Promise<string> {
  const lines = await linesOf(registry, registry.list(), invocation)
  return [...lines, '/help <command> tells more about one.'].join('\n')
}

async function linesOf(
  registry: Registry,
  entries: readonly CompiledCommand[],
  invocation: Invocation,
): Promise<readonly string[]> {
  const lines: string[] = []
  let more = 0
  for (const compiled of entries) {
    if (!(await isShown(registry, compiled, invocation))) continue
    if (lines.length < most) lines.push(`/${compiled.name} – ${compiled.command.summary}`)
    else more++
  }
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}

async function isShown({ policy }: Registry, compiled: CompiledCommand, invocation: Invocation): Promise<boolean> {
  // A predicate that throws hides its command; what is wrong with it is told when somebody runs it.
  return (
    !compiled.command.hidden && (await denialReason(compiled, invocation, policy).catch(() => 'failed')) === undefined
  )
}

async function explain(registry: Registry, words: readonly string[], invocation: Invocation): Promise<string> {
  const match = registry.find(words)
  const whole = match?.depth === words.length ? match : undefined
  const text = whole && (await describe(registry, whole, invocation))
  if (text) return text
  const parent = words.slice(0, match?.depth ?? 0)
  const near = await suggestCommand(registry, words[parent.length] ?? '', parent, invocation)
  return `There is no command ${quoteInput(`/${words.join(' ')}`)}.${near ? ` Did you mean /${near}?` : ''}`
}

async function describe(registry: Registry, match: CommandMatch, invocation: Invocation): Promise<string | undefined> {
  const { compiled, name } = match
  const below = await listSubcommands(registry, name, invocation)
  // A hidden command is explained to those who know its name.
  if (!compiled || (await denialReason(compiled, invocation, registry.policy)) !== undefined) return below
  const { compiledOptions, command, schedules } = compiled
  const blocks = [
    `${usageLine(name, compiledOptions)}\n${command.summary}`,
    optionTable(compiledOptions).join('\n'),
    compiled.names.length > 1
      ? `Also: ${compiled.names
          .slice(1)
          .map((other) => `/${other}`)
          .join(', ')}`
      : '',
    schedules.length > 0 ? `Scheduled: ${schedules.map(formatSchedule).join('; ')}` : '',
    command.examples?.length ? `Examples:\n${command.examples.join('\n')}` : '',
    below ?? '',
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}
