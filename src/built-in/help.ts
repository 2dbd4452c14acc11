import { command } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import { whisper } from '../model/reply.js'
import { quoteInput } from '../parsing/quote-input.js'
import { optionTable, usageLine } from '../parsing/usage.js'
import { denialReason } from '../policy/authorization.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import type { CommandMatch, Registry } from '../registry/registry.js'
import { formatSchedule } from '../scheduler/cron-schedule.js'

/** The built-in `/help`: what the asker may run, and how. */
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

/** Says what a folder of commands holds that the asker may run; undefined where that is nothing. */
export async function listSubcommands(
  registry: Registry,
  name: string,
  invocation: Invocation,
): Promise<string | undefined> {
  const below = registry.list().filter((entry) => entry.name.startsWith(`${name} `))
  const lines = await linesOf(registry, below, invocation)
  return lines.length > 0 ? lines.join('\n') : undefined
}

/** What the words probably meant, among what the asker may run. */
export async function suggestCommand(
  registry: Registry,
  word: string,
  parent: readonly string[],
  invocation: Invocation,
): Promise<string | undefined> {
  const near = registry.suggest(word, parent)
  const found = near === undefined ? undefined : registry.find([...parent, near])
  if (!found) return undefined
  const shown = found.entry
    ? await isShown(registry, found.entry, invocation)
    : (await listSubcommands(registry, found.name, invocation)) !== undefined
  return shown ? found.name : undefined
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
  for (const entry of entries) {
    if (!(await isShown(registry, entry, invocation))) continue
    if (lines.length < most) lines.push(`/${entry.name} – ${entry.command.summary}`)
    else more++
  }
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}

async function isShown({ policy }: Registry, entry: CompiledCommand, invocation: Invocation): Promise<boolean> {
  // A predicate that throws hides its command; what is wrong with it is told when somebody runs it.
  return !entry.command.hidden && (await denialReason(entry, invocation, policy).catch(() => 'failed')) === undefined
}

async function explain(registry: Registry, words: readonly string[], invocation: Invocation): Promise<string> {
  const found = registry.find(words)
  const whole = found?.depth === words.length ? found : undefined
  const text = whole && (await describe(registry, whole, invocation))
  if (text) return text
  const parent = words.slice(0, found?.depth ?? 0)
  const near = await suggestCommand(registry, words[parent.length] ?? '', parent, invocation)
  return `There is no command ${quoteInput(`/${words.join(' ')}`)}.${near ? ` Did you mean /${near}?` : ''}`
}

async function describe(registry: Registry, found: CommandMatch, invocation: Invocation): Promise<string | undefined> {
  const { entry, name } = found
  const below = await listSubcommands(registry, name, invocation)
  // A hidden command is explained to those who know its name.
  if (!entry || (await denialReason(entry, invocation, registry.policy)) !== undefined) return below
  const { compiledOptions: takes, command, schedules: timetables } = entry
  const blocks = [
    `${usageLine(name, takes)}\n${command.summary}`,
    optionTable(takes).join('\n'),
    entry.names.length > 1
      ? `Also: ${entry.names
          .slice(1)
          .map((other) => `/${other}`)
          .join(', ')}`
      : '',
    timetables.length > 0 ? `Scheduled: ${timetables.map(formatSchedule).join('; ')}` : '',
    command.examples?.length ? `Examples:\n${command.examples.join('\n')}` : '',
    below ?? '',
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}
