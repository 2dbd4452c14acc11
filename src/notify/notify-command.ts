import { type Access, type Command, command } from '../model/command.js'
import { ForbiddenError, UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { type Reply, whisper } from '../model/reply.js'
import { quoteInput } from '../parsing/quote-input.js'
import { tokenize } from '../parsing/tokenize.js'
import type { Policy } from '../policy/policy.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import { formatTime } from '../registry/cron-schedule.js'
import type { BuiltInCommands } from '../registry/registry.js'
import { formatRate } from './rate-limit.js'
import type { ListedToken, Tokens } from './tokens.js'

/** What the notifier's commands need. */
export interface NotifyCommandDeps {
  readonly tokens: Pick<Tokens, 'list' | 'revoke'>
  readonly policy: Policy
  /** Posts a text to rooms, written as `ops,web`, and reports where it arrived. If left out, there is no `/notify`. */
  readonly broadcast?: Broadcast | undefined
}

/** Posts to several rooms. Throws UsageError, ForbiddenError. */
export type Broadcast = (invocation: Invocation, rooms: string, text: string, signal: AbortSignal) => Promise<Reply>

/**
 * Creates `/notify` for broadcasts, `/notify token list` and `/notify token revoke`. Unlike other built-in commands, they
 * exist only if a rule of the policy names them, and only for those it allows.
 */
export function createNotifyCommands({ tokens, policy, broadcast }: NotifyCommandDeps): BuiltInCommands {
  const commands = [
    ...(broadcast ? [restricted('notify', policy, broadcastCommand(broadcast))] : []),
    restricted('notify token list', policy, listCommand(tokens)),
    restricted('notify token revoke', policy, revokeCommand(tokens)),
  ].filter((compiled) => isNamed(compiled, policy))
  return (_, own) => (own.some(({ names }) => names.some(isNotify)) ? [] : commands)
}

/** If the bot has a /notify of its own, ours would look like a part of it. */
function isNotify(name: string): boolean {
  return name === 'notify' || name.startsWith('notify ')
}

function isNamed(compiled: CompiledCommand, { rules, unusedRules }: Policy): boolean {
  return unusedRules([compiled]).length < rules.flatMap((rule) => rule.commands).length
}

/** Compiles a command that is denied unless a rule of the policy allows it. */
function restricted(name: string, policy: Policy, definition: Command): CompiledCommand {
  const when: Access['when'] = ({ invocation }) => {
    if (policy.evaluate(compiled, invocation).rule) return true // a rule that denies has already done so
    throw new ForbiddenError(`You may not run /${name} here: no rule of the policy allows you to.`)
  }
  const compiled = compileCommand(name, { ...definition, allow: { when } })
  return compiled
}

function broadcastCommand(broadcast: Broadcast): Command {
  return command({
    summary: 'Posts a text to several rooms',
    options: {
      rooms: { type: 'string', positional: true, required: true, summary: 'Names, ids or aliases: ops,web' },
      text: { type: 'string', positional: true, rest: true, required: true, summary: 'What to post' },
    },
    examples: ["/notify ops,web 'Maintenance at noon'"],
    run: ({ options, invocation, signal }) => broadcast(invocation, options.rooms, unquote(options.text), signal),
  }) as Command
}

/** Strips quotes around the whole text, which usage shows; a text with other quotes in it stays as it is. */
function unquote(text: string): string {
  const [word, ...others] = tokenize(text)
  return word && others.length === 0 ? word.text : text
}

function listCommand(tokens: Pick<Tokens, 'list'>): Command {
  return command({
    summary: 'Lists the tokens that senders post with',
    run: async () => whisper(show(await tokens.list())),
  })
}

function revokeCommand(tokens: Pick<Tokens, 'revoke'>): Command {
  return command({
    summary: 'Revokes a token, so that it can no longer be used to post',
    options: { name: { type: 'string', positional: true, required: true, summary: 'What it is called' } },
    examples: ['/notify token revoke ci'],
    async run({ options: { name } }) {
      if (await tokens.revoke(name)) return whisper(`Revoked ${quoteInput(name)}.`)
      throw new UsageError(`There is no token ${quoteInput(name)}: /notify token list shows them.`)
    },
  }) as Command
}

function show(tokens: readonly ListedToken[]): string {
  if (tokens.length === 0) return 'There are no tokens. Create one with "slashroom token create".'
  const lines = tokens.slice(0, most).map(describe)
  return [...lines, ...(tokens.length > most ? [`… and ${tokens.length - most} more`] : [])].join('\n')
}

/** The most tokens to list in a room. */
const most = 100

function describe({ name, kind, rooms, rate, expiresAt, lastUsedAt }: ListedToken): string {
  const where = rooms === 'all' ? 'all rooms' : rooms.join(', ')
  const until = expiresAt === undefined ? '' : `, until ${timeOf(expiresAt)}`
  const used = lastUsedAt === undefined ? 'never used' : `last used ${timeOf(lastUsedAt)}`
  return `${name} – ${kind === 'command' ? 'commands of ' : ''}${where}, rate ${formatRate(rate)}${until}, ${used}`
}

function timeOf(ms: number): string {
  return `${formatTime(ms, 'UTC')} UTC`
}
