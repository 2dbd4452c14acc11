import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.js'
import { createDispatch } from '../dispatch/dispatch.js'
import { createLog } from '../log.js'
import { ConfigError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Outcome, Reply } from '../model/reply.js'
import { createMemoryStore } from '../stores/memory.js'
import { loadCommands } from './load-commands.js'
import { showReply } from './show-reply.js'
import type { Subcommand } from './subcommand.js'

/** `slashroom run '/deploy status'`: one line, in the terminal as in a room. */
export const run: Subcommand = {
  summary: 'Runs one line in the terminal as in a room',
  usage: "'<line>' [--json]",
  options: {
    '--json': 'prints each reply as a line of JSON, and the outcome last',
    '--user <name>': 'who types; you if left out',
    '--room <name>': 'where; "terminal" if left out',
  },
  examples: ["slashroom run '/deploy status'", "slashroom run '/roll 2d6' --json"],
  async run(args) {
    const options = { json: { type: 'boolean' }, user: { type: 'string' }, room: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [text] = positionals
    if (text === undefined || positionals.length > 1) {
      console.error("slashroom: give the line as one word, in quotes: slashroom run '/deploy status'")
      return 2
    }
    const outcome = await runLine(toInvocation(text, values), (reply) => {
      console.log(values.json ? JSON.stringify(reply) : showReply(reply))
    })
    if (values.json) console.log(JSON.stringify({ outcome }))
    if (outcome === 'ignored')
      console.error(`slashroom: ${JSON.stringify(text)} is no command here; "slashroom commands" lists them.`)
    return outcome === 'done' ? 0 : 1
  },
}

async function runLine(invocation: Invocation, show: (reply: Reply) => void): Promise<Outcome> {
  const { registry, report } = await loadCommands(readConfig(process.env))
  for (const { message } of report.broken) console.error(message)
  if (registry.list().length === 0) throw new ConfigError('There are no commands to run.')
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const log = createLog({ level: 'warn', format: 'pretty', to: 'stderr' })
  const dispatch = createDispatch({ registry, store: createMemoryStore(), log })
  const replies = dispatch(invocation, stop.signal)
  for (;;) {
    const step = await replies.next()
    if (step.done) return step.value
    show(step.value)
  }
}

function toInvocation(text: string, { user, room }: { readonly user?: string; readonly room?: string }): Invocation {
  const name = user ?? userInfo().username
  const now = Date.now()
  return {
    id: `terminal-${now.toString(36)}`,
    platform: 'terminal',
    installation: 'terminal',
    tenant: { id: 'terminal' },
    room: { id: room ?? 'terminal', name: room ?? 'terminal' },
    user: { id: name, name, mention: name },
    text,
    mentions: [],
    at: now,
    replyTo: null,
  }
}
