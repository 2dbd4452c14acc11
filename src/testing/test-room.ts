/** `slashroom/testing`: tests commands in a room in memory, without a network. */

import type { CommandMiddleware } from '../model/command.js'
import type { Invocation, User } from '../model/invocation.js'
import { type Logger, silentLogger } from '../model/logger.js'
import type { CardButton, Outcome, Reply } from '../model/reply.js'
import type { ReplyTarget } from '../model/schedule.js'
import { parseDuration } from '../parsing/duration.js'
import { createDispatch } from '../pipeline/dispatch-without-delivery.js'
import type { ProactivePlatform } from '../platforms/platform.js'
import { parsePolicy } from '../policy/parse-policy.js'
import { noPolicy } from '../policy/policy.js'
import { createDelayedJobStore } from '../scheduler/delayed-jobs.js'
import { createScheduleSubscriptions } from '../scheduler/room-subscriptions.js'
import { createScheduler } from '../scheduler/scheduler.js'
import { createMemoryStore } from '../stores/memory.js'
import type { Store } from '../stores/store.js'
import type { Subject } from './subject.js'
import { createTestClock } from './test-clock.js'
import { openSubject } from './test-subject.js'

export type { Subject }

/** A person who types. A string is their name, and also their id, mention and handle. */
export type Person = string | (Partial<User> & { readonly name: string })

/** Where lines are typed, and by whom. Defaults: `alice` in room `general` of tenant `tenant`. */
export interface TestIdentity {
  readonly user?: Person
  readonly room?: string
  readonly tenant?: string
  /** The user's roles, as confirmed by the platform. */
  readonly roles?: readonly string[]
}

/** Options of a test room. */
export interface TestRoomOptions extends TestIdentity {
  /** Other people who can be mentioned. */
  readonly people?: readonly Person[]
  /** The time, in milliseconds since 1970. It changes only with `advance`. Default: 2030-01-01 UTC. */
  readonly now?: number
  readonly store?: Store
  /** Where log lines go. By default, only errors are logged, to standard error, because replies don't say why a command failed. */
  readonly log?: Logger
  /** The contents of a `policy.yaml`. */
  readonly policy?: string
  /** Middleware around every call. The first is the outermost. */
  readonly use?: readonly CommandMiddleware[]
}

/** A room to test commands in. */
export interface TestRoom {
  /** Types a line. Resolves to all replies once the call has ended; rejects with ConfigError if a command file is broken. */
  type(line: string): Promise<Reply[]>
  /** Presses a button of the last card by its label, which types the button's command. Rejects if there is no such button. */
  press(label: string): Promise<Reply[]>
  /** Returns how the last call ended; undefined before the first one has. */
  outcome(): Outcome | undefined
  /** Returns the same bot as seen by another user, from another room, or both. */
  as(place: Person | TestIdentity): TestRoom
  /** Advances the clock by milliseconds or a string like `'24h'`. Resolves when everything that was due has run. */
  advance(time: number | string): Promise<void>
  /** Returns and clears the replies that came to this room on their own, from `later` and schedules. */
  shown(): Reply[]
  /** Returns the clock's time, in milliseconds since 1970. */
  now(): number
  /** Aborts running calls, as when a bot stops. */
  stop(): void
  readonly store: Store
}

const tellingLog: Logger = {
  ...silentLogger,
  error: ({ error }, message) => console.error(error === undefined ? message : `${message}: ${error}`),
  child: () => tellingLog,
}

/** Creates a room with these commands. A single command answers to the first name that is typed. */
export function testRoom(subject: Subject, options: TestRoomOptions = {}): TestRoom {
  const clock = createTestClock(options.now ?? Date.UTC(2030, 0, 1))
  const store = options.store ?? createMemoryStore({ now: clock.now })
  const log = options.log ?? tellingLog
  const policy = options.policy === undefined ? noPolicy : parsePolicy(options.policy)
  const home = toReplyTarget(options)
  const subscriptions = createScheduleSubscriptions(store)
  const platforms = () => [platformOf(home)]
  const delayedJobs = createDelayedJobStore({ store, platforms, now: clock.now })
  const deps = { policy, store, subscriptions, delayedJobs, log, clock, platforms }
  const { registry, middleware, open } = openSubject(subject, log, options.use, { ...deps, now: clock.now })
  const scheduler = createScheduler({ ...deps, registry, lookMs: Number.POSITIVE_INFINITY })
  const dispatch = createDispatch({ ...deps, registry, later: scheduler.later, middleware })
  const stopping = new AbortController()
  let count = 0
  let ended: Outcome | undefined
  let buttons: readonly CardButton[] = []
  let begun: Promise<void> | undefined
  const seen = new Set<string>()
  let came: { readonly where: string; readonly reply: Reply }[] = []

  async function answer(invocation: Invocation, show: (reply: Reply) => void): Promise<void> {
    const steps = dispatch(invocation, stopping.signal)
    let step = await steps.next()
    for (; !step.done; step = await steps.next()) {
      show(step.value)
      if (step.value.kind === 'card') buttons = step.value.card.buttons ?? []
    }
    ended = step.value
  }

  /** Like a journal: each id once, without waiting for the call to end. */
  async function accept(invocation: Invocation): Promise<boolean> {
    if (seen.has(invocation.id)) return false
    seen.add(invocation.id)
    void answer(invocation, (reply) => came.push({ where: whereOf(invocation), reply }))
    return true
  }

  async function begin(line?: string): Promise<void> {
    await open(line)
    begun ??= scheduler.start(accept)
    await begun
  }

  function roomOf(place: TestIdentity): TestRoom {
    const room: TestRoom = {
      store,
      now: clock.now,
      async advance(time) {
        const ms = typeof time === 'number' ? time : parseDuration(time)
        if (ms === undefined) throw new Error(`"${time}" is not a valid time: write it as 24h.`)
        await begin()
        await clock.advance(ms)
      },
      shown() {
        const here = whereOf(toReplyTarget(place))
        const mine = came.filter(({ where }) => where === here)
        came = came.filter(({ where }) => where !== here)
        return mine.map(({ reply }) => reply)
      },
      outcome: () => ended,
      as: (other) => roomOf({ ...place, ...(isPerson(other) ? { user: other } : other) }),
      stop() {
        scheduler.stop()
        stopping.abort(new DOMException('The bot stops.', 'AbortError'))
      },
      async type(line) {
        await begin(line)
        const invocation = toInvocation(line, place, options.people ?? [], `test-${++count}`, clock.now())
        const replies: Reply[] = []
        await answer(invocation, (reply) => replies.push(reply))
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

/** The home room counts as a single-room installation. */
function platformOf(home: ReplyTarget): ProactivePlatform {
  return {
    name: platform,
    async *listRooms(names, installation = home.installation) {
      if (installation !== home.installation) return
      if (!names) yield home
      else for (const name of names) yield { ...home, ...toRoom(name.replace(/^#/, '')) }
    },
  }
}

const platform = 'test'

function toReplyTarget({ room = 'general', tenant = 'tenant' }: TestIdentity): ReplyTarget {
  return { installation: tenant, tenant: { id: tenant, name: tenant }, ...toRoom(room), replyTo: null }
}

function toRoom(room: string): Pick<ReplyTarget, 'room'> {
  return { room: { id: room, name: room } }
}

function whereOf({ installation, room }: Pick<ReplyTarget, 'installation' | 'room'>): string {
  return JSON.stringify([installation, room.id])
}

function isPerson(value: Person | TestIdentity): value is Person {
  return typeof value === 'string' || 'name' in value
}

function toInvocation(
  line: string,
  place: TestIdentity,
  people: readonly Person[],
  id: string,
  at: number,
): Invocation {
  const user = toUser(place.user ?? 'alice', place.roles)
  const known = [user, ...people.map((person) => toUser(person))]
  const lower = line.toLowerCase()
  return {
    id,
    platform,
    ...toReplyTarget(place),
    user,
    text: line,
    mentions: known.filter(({ mention }) => mention !== undefined && lower.includes(`@${mention.toLowerCase()}`)),
    at,
  }
}

function toUser(person: Person, roles?: readonly string[]): User {
  const user = typeof person === 'string' ? { name: person } : person
  const mention = user.mention ?? user.name
  return { id: user.name, mention, handle: mention, ...user, ...(roles ? { roles } : {}) }
}
