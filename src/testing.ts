/** A test kit for commands: a room in memory, without a network. */

import { builtIn } from './dispatch/built-in.js'
import type { Clock } from './dispatch/clock.js'
import { createCommands } from './dispatch/commands.js'
import { createDispatch } from './dispatch/dispatch.js'
import { toEntry } from './dispatch/entry.js'

import { noPolicy, type Policy } from './dispatch/policy.js'
import { parsePolicy } from './dispatch/policy-file.js'
import { createRegistry, type Registry } from './dispatch/registry.js'
import { tokenize } from './dispatch/tokenize.js'
import type { Command } from './model/command.js'
import * as commandNouns from './model/command.js'
import * as errorNouns from './model/errors.js'
import type { Invocation, User } from './model/invocation.js'
import { type Log, silentLog } from './model/log.js'
import type { CardButton, Outcome, Reply } from './model/reply.js'
import * as replyNouns from './model/reply.js'
import { createMemoryStore } from './stores/memory.js'
import type { Store } from './stores/store.js'

/** Somebody who types: a name is enough, and is their id and mention too. */
export type Person = string | (Partial<User> & { readonly name: string })

/** Where and as whom lines are typed. */
export interface Place {
  readonly user?: Person
  readonly room?: string
  readonly tenant?: string
  /** Roles that the platform vouches for, of the typing user. */
  readonly roles?: readonly string[]
}

/** What a test room starts with. */
export interface TestRoomOptions extends Place {
  /** Other people whom `@mention` reaches. */
  readonly people?: readonly Person[]
  /** Milliseconds since 1970 at which the clock stands; it moves only by `advance`. Default: 2030-01-01. */
  readonly now?: number
  readonly store?: Store
  /** Where log lines go. Left out, only errors are told, on standard error: the replies do not say why a command failed. */
  readonly log?: Log
  /** The operator's policy: the text of a `policy.yaml`. */
  readonly policy?: string
}

/** A room to type in. */
export interface TestRoom {
  /** Types a line, and gives all replies to it when the call has ended. */
  type(line: string): Promise<Reply[]>
  /** Presses the button of that label on the card that was shown last: types its line. */
  press(label: string): Promise<Reply[]>
  /** How the last call that ended did so. */
  outcome(): Outcome | undefined
  /** The same bot, typed to by somebody else, elsewhere, or both. */
  as(place: Person | Place): TestRoom
  /** Moves the clock; what was due by then has happened when this resolves. */
  advance(ms: number): Promise<void>
  /** What the clock says, in milliseconds since 1970. */
  now(): number
  /** Ends what still runs, as a bot does that stops. */
  stop(): void
  readonly store: Store
}

// biome-ignore lint/suspicious/noExplicitAny: a command with whatever options it has
type AnyCommand = Command<any>

/** A command, commands by name (`'deploy status': status`), or a directory of command files. */
export type Subject = AnyCommand | Readonly<Record<string, AnyCommand>> | string

const tellingLog: Log = {
  ...silentLog,
  error: ({ error }, message) => console.error(error === undefined ? message : `${message}: ${error}`),
  child: () => tellingLog,
}

/** Makes a room with these commands in it. A command given alone is called by whatever name is typed first. */
export function testRoom(subject: Subject, options: TestRoomOptions = {}): TestRoom {
  const clock = createTestClock(options.now ?? Date.UTC(2030, 0, 1))
  const store = options.store ?? createMemoryStore({ now: clock.now })
  const log = options.log ?? tellingLog
  const open = openSubject(subject, log, options.policy === undefined ? noPolicy : parsePolicy(options.policy))
  const stopping = new AbortController()
  let count = 0
  let ended: Outcome | undefined
  let buttons: readonly CardButton[] = []

  function roomOf(place: Place): TestRoom {
    const room: TestRoom = {
      store,
      now: clock.now,
      advance: clock.advance,
      outcome: () => ended,
      as: (other) => roomOf({ ...place, ...(isPerson(other) ? { user: other } : other) }),
      stop: () => stopping.abort(new DOMException('The bot stops.', 'AbortError')),
      async type(line) {
        const registry = await open(line)
        const dispatch = createDispatch({ registry, store, log, clock })
        const invocation = toInvocation(line, place, options.people ?? [], `test-${++count}`, clock.now())
        const replies: Reply[] = []
        const steps = dispatch(invocation, stopping.signal)
        let step = await steps.next()
        for (; !step.done; step = await steps.next()) replies.push(step.value)
        ended = step.value
        buttons =
          replies.flatMap((reply) => (reply.kind === 'card' ? [reply.card.buttons ?? []] : [])).at(-1) ?? buttons
        return replies
      },
      async press(label) {
        const line = buttons.find((button) => button.label === label)?.command
        if (line === undefined) throw new Error(`There is no button "${label}" that types a line.`)
        return await room.type(line)
      },
    }
    return room
  }
  return roomOf(options)
}

function openSubject(subject: Subject, log: Log, policy: Policy): (line: string) => Promise<Registry> {
  if (typeof subject === 'string') {
    const modules = { slashroom: { ...commandNouns, ...errorNouns, ...replyNouns } }
    const commands = createCommands({ dir: subject, modules, log, policy })
    const loaded = commands.load()
    loaded.catch(() => undefined)
    return async () => {
      const { broken } = await loaded
      if (broken[0]) throw new errorNouns.ConfigError(broken.map(({ message }) => message).join('\n'))
      return commands.registry
    }
  }
  const registry = createRegistry(builtIn, policy)
  if (!isCommand(subject)) {
    registry.replace(Object.entries(subject).map(([name, one]) => toEntry(name.replace(/^\//, '').toLowerCase(), one)))
    return async () => registry
  }
  return async (line) => {
    const [first] = tokenize(line)
    const name = first?.text.startsWith('/') ? first.text.slice(1).toLowerCase() : ''
    if (registry.list().length === 1 && name !== '' && name !== 'help') registry.replace([toEntry(name, subject)])
    return registry
  }
}

function isCommand(subject: Exclude<Subject, string>): subject is AnyCommand {
  return typeof subject['run'] === 'function'
}

function isPerson(value: Person | Place): value is Person {
  return typeof value === 'string' || 'name' in value
}

function toInvocation(line: string, place: Place, people: readonly Person[], id: string, at: number): Invocation {
  const user = toUser(place.user ?? 'alice', place.roles)
  const known = [user, ...people.map((person) => toUser(person))]
  const lower = line.toLowerCase()
  const { room = 'general', tenant = 'tenant' } = place
  return {
    id,
    platform: 'test',
    installation: tenant,
    tenant: { id: tenant, name: tenant },
    room: { id: room, name: room },
    user,
    text: line,
    mentions: known.filter(({ mention }) => mention !== undefined && lower.includes(`@${mention.toLowerCase()}`)),
    at,
    replyTo: null,
  }
}

function toUser(person: Person, roles?: readonly string[]): User {
  const user = typeof person === 'string' ? { name: person } : person
  return { id: user.name, mention: user.name, ...user, ...(roles ? { roles } : {}) }
}

function createTestClock(start: number): Clock & { advance(ms: number): Promise<void> } {
  const alarms = new Set<{ readonly at: number; readonly then: () => void }>()
  let now = start
  return {
    now: () => now,
    after(ms, then) {
      const alarm = { at: now + ms, then }
      alarms.add(alarm)
      return () => void alarms.delete(alarm)
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const [next] = [...alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        now = Math.max(now, next.at)
        alarms.delete(next)
        next.then()
        await settle()
      }
      now = end
    },
  }
}

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
