import { UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { parseDuration } from '../parsing/duration.js'
import { quoteInput } from '../parsing/quote-input.js'
import type { ProactivePlatform } from '../platforms/platform.js'
import { fingerprint } from '../shared/crypto.js'
import type { Store } from '../stores/store.js'
import { encodeId, tenantKey } from '../stores/tenant-store.js'

/** Schedules a line; `count` distinguishes several of one call. Resolves with the id of the future invocation. */
export type ScheduleLine = (
  invocation: Invocation,
  count: number,
  when: number | string | Date,
  line: string,
) => Promise<string>

/** A pending line. Plain JSON. */
export interface DelayedJob {
  readonly due: number
  /** Its slot in the tenant's limit. */
  readonly slot: string
  /** Its slot in the caller's limit; none if a schedule left it. */
  readonly ownSlot?: string
  /** The invocation to run. */
  readonly invocation: Invocation
}

/** The pending lines in the store. */
export interface DelayedJobStore {
  /** Stores a line. Throws UsageError for an invalid time, or if too many are pending. */
  keep(...asked: Parameters<ScheduleLine>): Promise<DelayedJob>
  /** All pending lines of all tenants. */
  list(): AsyncIterable<DelayedJob>
  /** The caller's own lines in all rooms of the tenant, soonest first; each keeps its number while it is pending. */
  listOwn(caller: Invocation): Promise<readonly NumberedJob[]>
  /** Whether it is still pending: somebody may have canceled it. */
  isWaiting(waiting: DelayedJob): Promise<boolean>
  remove(waiting: DelayedJob): Promise<void>
}

/** A caller's pending line with its number. */
export interface NumberedJob extends DelayedJob {
  readonly number: number
}

interface DelayedJobStoreDeps {
  readonly store: Store
  readonly now: () => number
  readonly platforms: () => readonly ProactivePlatform[]
}

/** Keeps them in `store`. */
export function createDelayedJobStore({ store, now, platforms }: DelayedJobStoreDeps): DelayedJobStore {
  /** The lowest free number, so that numbers stay short to type. */
  async function takeOwnSlot(invocation: Invocation, key: string, ttlMs: number): Promise<string | undefined> {
    if (invocation.scheduled !== undefined) return undefined
    for (let number = 1; number <= mostOwn; number++) {
      const slot = ownSlotKey(invocation, number)
      if (await store.add(slot, key, { ttlMs })) return slot
    }
    throw new UsageError(`${mostOwn} of your lines are already waiting here, which is the limit. /later lists them.`)
  }

  async function takeSlot(invocation: Invocation, id: string, ttlMs: number): Promise<string> {
    const start = Math.floor(Math.random() * most)
    for (let tries = 0; tries < most; tries++) {
      const slot = tenantKey('later-slot', invocation, String((start + tries) % most))
      if (await store.add(slot, id, { ttlMs })) return slot
    }
    throw new UsageError(`${most.toLocaleString('en')} lines are already waiting here, which is the limit.`)
  }

  return {
    async keep(invocation, count, when, line) {
      const due = dueAt(when, now())
      const asked = toLine(line)
      const id = fingerprint('later', invocation.id, count)
      const key = keyOf(invocation, id)
      // A call that was interrupted by a crash schedules it again.
      const known = (await store.get(key)) as DelayedJob | undefined
      if (known) return known
      const platform = platforms().find(({ name }) => name === invocation.platform)
      const replyTo = platform?.durableReplyTo ? platform.durableReplyTo(invocation.replyTo) : invocation.replyTo
      if (replyTo === undefined) throw new UsageError('The bot cannot post here later: it has no token of its own.')
      const ttlMs = due - now() + day
      const ownSlot = await takeOwnSlot(invocation, key, ttlMs)
      const slot = await takeSlot(invocation, id, ttlMs).catch(async (error: unknown) => {
        if (ownSlot) await store.delete(ownSlot)
        throw error
      })
      const later = { ...withoutRoles(invocation), id, text: asked, at: due, replyTo }
      const waiting: DelayedJob = { due, slot, ...(ownSlot ? { ownSlot } : {}), invocation: later }
      await store.set(used, true)
      await store.set(key, waiting)
      return waiting
    },
    async *list() {
      if (!(await store.get(used))) return // most bots never use it, and in Redis listing visits every key
      for await (const [, value] of store.list('later/')) yield value as DelayedJob
    },
    async listOwn(caller) {
      const numbers = Array.from({ length: mostOwn }, (_, index) => index + 1)
      const found = await Promise.all(
        numbers.map(async (number) => {
          const ownSlot = ownSlotKey(caller, number)
          const key = await store.get(ownSlot)
          const waiting = typeof key === 'string' ? ((await store.get(key)) as DelayedJob | undefined) : undefined
          return waiting?.ownSlot === ownSlot ? [{ ...waiting, number }] : []
        }),
      )
      return found.flat().sort((one, other) => one.due - other.due)
    },
    async isWaiting({ invocation }) {
      return (await store.get(keyOf(invocation, invocation.id))) !== undefined
    },
    async remove({ invocation, slot, ownSlot }) {
      await store.delete(keyOf(invocation, invocation.id))
      await store.delete(slot)
      if (ownSlot) await store.delete(ownSlot)
    },
  }
}

const day = 86_400_000
const farthest = 366 * day
const most = 1_000
/** The limit per person: a tenth, so that it takes ten people to use up the tenant's. */
const mostOwn = 100
const used = 'later-used'

function keyOf(invocation: Invocation, id: string): string {
  return tenantKey('later', invocation, id)
}

function ownSlotKey({ platform, tenant, user }: Invocation, number: number): string {
  return `later-own/${encodeId(platform)}/${encodeId(tenant.id)}/${encodeId(user.id)}/${number}`
}

function dueAt(when: unknown, now: number): number {
  const ahead = when instanceof Date ? when.getTime() - now : typeof when === 'string' ? parseDuration(when) : when
  if (typeof ahead !== 'number' || !Number.isFinite(ahead)) {
    throw new UsageError(`${quoteInput(String(when))} is not a valid time: write it as 10m or 2h.`)
  }
  if (ahead < 1_000) throw new UsageError('That time has passed: it must be at least a second from now.')
  if (ahead > farthest) throw new UsageError('That is too far in the future: the limit is one year.')
  return now + Math.round(ahead)
}

/** The author's mistake, so it is logged. */
function toLine(line: unknown): string {
  if (typeof line === 'string' && /^\s*[/／]/u.test(line) && line.length <= 10_000) return line
  throw new TypeError('later() needs a command line: a string of at most 10,000 characters that starts with a slash')
}

/** Drops roles, which may have changed by then, so commands that require a role are refused. */
function withoutRoles({ user, ...rest }: Invocation): Invocation {
  const { roles: _, ...person } = user
  return { ...rest, user: person }
}
