import { userInfo } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { createLogger } from '../../logger.js'
import { ConfigError } from '../../model/errors.js'
import type { Invocation } from '../../model/invocation.js'
import type { Outcome, Reply } from '../../model/reply.js'
import { tokenize } from '../../parsing/tokenize.js'
import { createDispatch } from '../../pipeline/dispatch-without-delivery.js'
import { commandWords } from '../../registry/registry.js'
import { createDelayedJobStore, type ScheduleLine } from '../../scheduler/delayed-jobs.js'
import { createMemoryStore } from '../../stores/memory.js'
import type { Store } from '../../stores/store.js'
import { showReply } from '../format-reply.js'
import { loadCommands } from '../load-files.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom run '/deploy status'`: runs one line, as if typed in a room. */
export const run: Subcommand = {
  summary: 'Runs a command line in the terminal, or each line that you type',
  usage: "['<line>'] [--json]",
  options: {
    "'<line>'": 'the command line (default: read lines from standard input, in one room)',
    '--json': 'print each reply as a line of JSON, then the outcome',
    '--user <name>': 'who types (default: you)',
    '--room <name>': 'the room (default "terminal")',
  },
  examples: ["slashroom run '/deploy status'", "slashroom run '/roll 2d6' --json", 'slashroom run'],
  async run(args) {
    const options = { json: { type: 'boolean' }, user: { type: 'string' }, room: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    if (positionals.length > 1) return printError("put the line in quotes: slashroom run '/deploy status'")
    const { type, asked } = await openRoom(values)
    let code = 0
    for await (const line of positionals.length > 0 ? positionals : typedLines()) {
      if ((await type(line)) !== 'done') code = 1
    }
    if (positionals.length > 0 && asked())
      return printError('it did not run, because it asks first. Run "slashroom run" without a line to answer.', 1)
    // The user has seen each outcome.
    return positionals.length === 0 && process.stdin.isTTY ? 0 : code
  },
}

/** Reads lines, typed or piped in, until the end of input. */
async function* typedLines(): AsyncGenerator<string> {
  const terminal = process.stdin.isTTY === true
  const reading = createInterface({ input: process.stdin, ...(terminal ? { output: process.stderr } : {}) })
  if (terminal) console.error('You are in a room. Type /help to list the commands, Ctrl-D to leave.')
  reading.setPrompt('> ')
  if (terminal) reading.prompt()
  for await (const line of reading) {
    if (line.trim() !== '') yield line
    if (terminal) reading.prompt()
  }
}

interface Place {
  readonly json?: boolean
  readonly user?: string
  readonly room?: string
}

/** Loads the commands and returns a function that types lines. Stored data lasts until the process ends. */
async function openRoom(place: Place) {
  const { registry, policy, middleware } = await loadCommands(readConfig(process.env))
  if (registry.list().length === 0) throw new ConfigError('There are no commands to run.')
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const log = createLogger({ level: 'warn', format: 'pretty', to: 'stderr' })
  const store = createMemoryStore()
  const dispatch = createDispatch({ registry, policy, middleware, store, log, later: printLater(store) })
  let count = 0
  let asked = false

  function show(reply: Reply): void {
    if (place.json) printJson(reply)
    else console.log(showReply(reply))
    asked = /Type \/(?:confirm|answer) [A-Z\d]{4}\b/.test(JSON.stringify(reply))
  }

  async function type(line: string): Promise<Outcome> {
    asked = false
    const replies = dispatch(toInvocation(line, place, ++count), stop.signal)
    let step = await replies.next()
    for (; !step.done; step = await replies.next()) show(step.value)
    if (place.json) printJson({ outcome: step.value })
    if (step.value === 'ignored')
      printError(`${JSON.stringify(line)} is not a command here${hint(line)}; "slashroom commands" lists them.`)
    return step.value
  }

  /** A line without the slash may mean the command with that name, or a similar one. */
  function hint(line: string): string {
    const words = commandWords(tokenize(`/${line.trim()}`))
    const meant = registry.find(words)?.name ?? registry.suggest(words[0] ?? '')
    return meant === undefined ? '' : `, did you mean /${meant}?`
  }

  /** `asked`: whether the last line was answered with a question. */
  return { type, asked: () => asked }
}

/** The terminal does not wait; it prints what a bot would run later. */
function printLater(store: Store): ScheduleLine {
  const jobs = createDelayedJobStore({ store, now: Date.now, platforms: () => [] })
  return async (...asked) => {
    const { due, invocation } = await jobs.keep(...asked)
    printError(`a bot would type this at ${new Date(due).toISOString()}: ${invocation.text}`)
    return invocation.id
  }
}

function toInvocation(text: string, { user, room = 'terminal' }: Place, count: number): Invocation {
  const name = user ?? userInfo().username
  const now = Date.now()
  return {
    id: `terminal-${now.toString(36)}-${count}`,
    platform: 'terminal',
    installation: 'terminal',
    tenant: { id: 'terminal' },
    room: { id: room, name: room },
    user: { id: name, name, mention: name },
    text,
    mentions: [],
    at: now,
    replyTo: null,
  }
}
