import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import type { Access } from '../../model/command.js'
import { ConfigError } from '../../model/errors.js'
import { tokenize } from '../../parsing/tokenize.js'
import { loadPolicy } from '../../policy/load-policy.js'
import type { Decision, Policy, Rule, SkippedRule, Subject } from '../../policy/policy.js'
import type { CompiledCommand } from '../../registry/compiled-command.js'
import { commandWords } from '../../registry/registry.js'
import { toPrintableLines } from '../../shared/printable.js'
import { loadCommands } from '../load-files.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom policy explain <user> <command>`: which rule decides, and why. */
export const policy: Subcommand = {
  summary: 'Shows whether a user may run a command, and which rule decides',
  usage: 'explain <user> <command> [--role <r>]… [--room <x>] [--tenant <t>] [--from <t>] [--json]',
  options: {
    '--role <role>': 'a role that the platform vouches for; repeatable',
    '--room <room>': "the room's id, or its '#name'",
    '--tenant <id>': 'id of the group, workspace or guild',
    '--from <id>': 'for external users: the id of their workspace',
    '--json': 'print the answer as JSON',
  },
  examples: ["slashroom policy explain 1234 'deploy start' --role captain --room '#ops'"],
  async run(args) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [verb, user, ...words] = positionals
    if (verb !== 'explain' || user === undefined || words.length === 0)
      return printError("write it as: slashroom policy explain <user> '<command>'")
    const config = readConfig(process.env)
    const read = await loadPolicy(config.policyFile)
    const entry = await findEntry(words.join(' '))
    const answer = explain(read, entry, toWho(user, values))
    if (values.json) printJson(answer, 2)
    else console.log(toPrintableLines(show(answer, read.file)))
    return 0
  },
}

const options = {
  role: { type: 'string', multiple: true, default: [] as string[] },
  room: { type: 'string', default: '' },
  tenant: { type: 'string', default: '' },
  from: { type: 'string', default: '' },
  json: { type: 'boolean', default: false },
} as const

async function findEntry(name: string): Promise<CompiledCommand> {
  const { registry } = await loadCommands(readConfig(process.env))
  const entry = registry.find(commandWords(tokenize(`/${name.replace(/^\//, '')}`)))?.compiled
  if (!entry) throw new ConfigError(`There is no command "${name}"; "slashroom commands" lists them.`)
  return entry
}

interface Described {
  readonly role: string[]
  readonly room: string
  readonly tenant: string
  readonly from: string
}

function toWho(id: string, { role, room, tenant, from }: Described): Subject {
  const place = room.startsWith('#') ? { id: '', name: room.slice(1) } : { id: room, name: '' }
  const user = { id, name: id, roles: role, ...(from && from !== tenant ? { tenant: from, external: true } : {}) }
  return { user, room: place, tenant: { id: tenant } }
}

/** Everything that decides, in order of evaluation. */
interface Explained {
  readonly command: string
  readonly user: string
  readonly decision: Decision['decision']
  /** Undefined if the policy's default decides. */
  readonly rule?: Rule | undefined
  readonly passed: readonly SkippedRule[]
  /** What the command itself requires besides the policy. */
  readonly allow?: 'anyone' | (Omit<Access, 'when'> & { readonly when?: true })
}

function explain(read: Policy, entry: CompiledCommand, who: Subject): Explained {
  const { allow } = entry.command
  return {
    command: entry.name,
    user: who.user.id,
    ...read.explain(entry, who),
    ...(allow ? { allow: typeof allow === 'object' ? withoutFunction(allow) : allow } : {}),
  }
}

function withoutFunction({ when, ...lists }: Access) {
  return { ...lists, ...(when ? { when: true as const } : {}) }
}

const outcomes: Readonly<Record<Decision['decision'], string>> = {
  allow: 'may run',
  deny: 'may not run',
  approve: 'needs approval to run',
}

function show({ command, user, decision, rule, passed, allow }: Explained, file: string | undefined): string {
  const own =
    typeof allow === 'object' &&
    Object.entries(allow).map(([name, value]) => `${name} ${value === true ? '()' : String(value)}`)
  const by =
    rule?.decision === 'approve' ? `; approved by ${rule.by?.join(' or ') ?? 'anyone else who may run it'}` : ''
  return [
    `${user} ${outcomes[decision]} /${command}, according to the policy.`,
    ...passed.map(({ rule, unmet }) => `${file}:${rule.line} ${say(rule)}: skipped: its ${unmet} do not match`),
    rule
      ? `${file}:${rule.line} ${say(rule)}: decides${by}`
      : file === undefined
        ? 'There is no policy file: nothing is denied'
        : 'No rule matches: the default decides',
    ...(own ? [`The command itself also requires: ${own.join('; ')}`] : []),
  ].join('\n')
}

function say({ decision, commands }: Rule): string {
  return `${decision} ${commands.join(', ')}`
}
