import { type Answers, type Command, hasCode, type Invocation, type Reply, say, type User, whisper } from 'slashroom'
import { prepareOptions } from '../../src/dispatch/options.js'
import { parse } from '../../src/dispatch/parse.js'
import { createTenantStore } from '../../src/dispatch/tenant-store.js'
import { tokenize } from '../../src/dispatch/tokenize.js'
import { silentLog } from '../../src/model/log.js'
import { createMemoryStore } from '../../src/stores/memory.js'

/** Who types, and from where. */
export interface As {
  readonly user?: Partial<User>
  readonly tenant?: string
  readonly room?: string
  readonly at?: number
  readonly signal?: AbortSignal
}

/** A room in which the given commands answer by their names, with nothing round them that confirms, forbids or delivers. */
export function roomWith(commands: Readonly<Record<string, Command>>) {
  const store = createMemoryStore()
  let count = 0

  async function* replies(line: string, as: As = {}): AsyncGenerator<Reply> {
    const words = tokenize(line)
    const name = Object.keys(commands).find((one) => `${line.slice(1)} `.startsWith(`${one} `)) ?? ''
    const command = commands[name]
    if (!command) throw new Error(`No command for ${line}`)
    const invocation = invocationOf(line, `m${++count}`, as)
    const parsed = await parse(prepareOptions(command.options), line, words.slice(name.split(' ').length), invocation)
    if ('faults' in parsed) return yield whisper(parsed.faults.map(({ message }) => message).join(' '))
    try {
      const call = { invocation: { ...invocation, command: name }, store: createTenantStore(store, invocation) }
      const signal = as.signal ?? new AbortController().signal
      yield* shown(command.run({ ...call, options: parsed.values as never, signal, log: silentLog }))
    } catch (error) {
      if (!hasCode(error, 'usage') && !hasCode(error, 'forbidden')) throw error
      yield whisper(error.message)
    }
  }

  return {
    replies,
    async type(line: string, as?: As): Promise<readonly Reply[]> {
      const all: Reply[] = []
      for await (const reply of replies(line, as)) all.push(reply)
      return all
    },
  }
}

/** All that replies say, as one text. */
export function textOf(replies: readonly Reply[]): string {
  return replies.map((reply) => (reply.kind === 'card' ? JSON.stringify(reply.card) : (reply.text ?? ''))).join('\n')
}

function invocationOf(text: string, id: string, { user, tenant = 't1', room = 'r1', at = Date.now() }: As): Invocation {
  return {
    id,
    platform: 'test',
    installation: tenant,
    tenant: { id: tenant },
    room: { id: room, name: 'ops' },
    user: { id: 'u1', name: 'Ana', ...user },
    text,
    mentions: [],
    at,
    replyTo: undefined,
  }
}

async function* shown(answers: Answers): AsyncGenerator<Reply> {
  if (typeof answers === 'object' && Symbol.asyncIterator in answers) {
    try {
      for (let next = await answers.next(); ; next = await answers.next()) {
        if (next.value) yield typeof next.value === 'string' ? say(next.value) : next.value
        if (next.done) return
      }
    } finally {
      await answers.return(undefined)
    }
  }
  const answer = await answers
  if (answer) yield typeof answer === 'string' ? say(answer) : answer
}
