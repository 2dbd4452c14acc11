import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { accepted, type EntryState, type Lease, reclaimed } from '../entry.js'
import { readState } from './entries.js'
import { entryKey, nameOf, openKey, ownersKey, unowned } from './keys.js'
import { beatScript, defineScript, leaveScript, silentScript, takeScript } from './scripts.js'

/** The processes that have entries in hand, as one of them sees the others. */
export interface RedisOwners {
  /** Says that this one lives. */
  beat(): Promise<void>
  /** Those that have been silent for longer than they may be, and were still when this was asked a while ago. */
  dead(): Promise<readonly string[]>
  /** Takes some of what an owner left, `limit` at most, and says whether there may be more. */
  take(owner: string, limit: number): Promise<{ readonly held: readonly Lease[]; readonly more: boolean }>
  /** Takes some of what this process has without knowing: Redis's answer to accepting or taking it was lost. */
  takeStrays(known: ReadonlySet<string>, limit: number): Promise<readonly Lease[]>
  /** Says goodbye, where it leaves nothing. */
  leave(): Promise<void>
}

/** The others, as the process `me` sees them, which may be silent for `lockMs`. */
export function createRedisOwners({ redis, me, lockMs, nextToken }: RedisOwnersDeps): RedisOwners {
  const beat = defineScript(redis, 'slashroomBeat', beatScript)
  const findSilent = defineScript(redis, 'slashroomSilent', silentScript)
  const takeSome = defineScript(redis, 'slashroomTake', takeScript)
  const leave = defineScript(redis, 'slashroomLeave', leaveScript)
  let silent = new Map<string, number>()

  async function takeNamed(owner: string, names: readonly string[]): Promise<readonly Lease[]> {
    const keys = [ownersKey, openKey(owner), openKey(me), ...names.map(entryKey)]
    const tokens = names.map(() => nextToken('taken'))
    const given = [owner, me, ...names.flatMap((name, n) => [name, tokens[n] ?? ''])]
    const texts = (await withRedisTimeout(takeSome(keys, given))) as readonly string[]
    return texts.map((text) => {
      const state = readState(text)
      reclaimed(state, Date.now())
      return { state, token: text.slice(0, text.indexOf('\n') + 1) }
    })
  }

  return {
    async beat() {
      await withRedisTimeout(beat([ownersKey], [me, lockMs]))
    },
    async dead() {
      const now = performance.now()
      const before = silent
      silent = new Map()
      // While Redis was away nobody could say anything: so each is given the time to.
      const found = (await withRedisTimeout(findSilent([ownersKey], []))) as readonly string[]
      const others = found.filter((owner) => owner !== me)
      silent = new Map(others.map((owner) => [owner, before.get(owner) ?? now]))
      return others.filter((owner) => now - (silent.get(owner) ?? now) >= lockMs / 3)
    },
    async take(owner, limit) {
      const names = await withRedisTimeout(redis.srandmember(openKey(owner), limit))
      if (owner === unowned && names.length === 0) return { held: [], more: false }
      const leases = await takeNamed(owner, names)
      return { held: leases, more: leases.length > 0 && names.length === limit }
    },
    async takeStrays(known, limit) {
      const names = await withRedisTimeout(redis.smembers(openKey(me)))
      const strays = names.filter((name) => !known.has(name)).slice(0, limit)
      if (strays.length === 0) return []
      const texts = await withRedisTimeout(redis.mget(strays.map(entryKey)))
      const fresh = new Set(strays.filter((_, n) => texts[n]?.startsWith(`${me} accepted`)))
      const leases = await takeNamed(me, strays)
      for (const one of leases) if (fresh.has(nameOf(one.state.invocation.id))) one.state = asNew(one.state)
      return leases
    },
    async leave() {
      await withRedisTimeout(leave([ownersKey, openKey(me)], [me]))
    },
  }
}

interface RedisOwnersDeps {
  readonly redis: Connection
  readonly me: string
  /** How long a process may be silent before what it has in hand is given to others. */
  readonly lockMs: number
  readonly nextToken: NextToken
}

/** Gives another token for each entry and each time. It says how the process came to the entry. */
export type NextToken = (how: 'accepted' | 'taken') => string

/** It cannot have begun: nobody had it in hand. */
function asNew({ invocation, events }: EntryState): EntryState {
  return accepted(invocation, events[0]?.at ?? Date.now())
}
