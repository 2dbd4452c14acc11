import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { asNew, type Lease, reclaimed } from '../entry.js'
import { readState } from './entries.js'
import { entryKey, nameOf, openKey, ownersKey, unowned } from './keys.js'
import { claimScript, defineScript, deregisterScript, expiredOwnersScript, heartbeatScript } from './scripts.js'

/** The processes that have entries in hand, as one of them sees the others. */
export interface RedisOwners {
  /** Says that this one lives. */
  heartbeat(): Promise<void>
  /** Those whose time without a heartbeat is over, and was when this was asked a while ago. */
  dead(): Promise<readonly string[]>
  /** Claims some of what an owner left, `limit` at most, and says whether there may be more. */
  claim(owner: string, limit: number): Promise<{ readonly leases: readonly Lease[]; readonly more: boolean }>
  /** Claims some of what this process has without knowing: Redis's answer to accepting or claiming it was lost. */
  reclaimOrphans(known: ReadonlySet<string>, limit: number): Promise<readonly Lease[]>
  /** Removes this process from the owners, if it holds no entries. */
  deregister(): Promise<void>
}

/** The others, as the process `me` sees them, which are dead after `lockMs` without a heartbeat. */
export function createRedisOwners({ redis, me, lockMs, nextToken }: RedisOwnersDeps): RedisOwners {
  const heartbeat = defineScript(redis, 'slashroomHeartbeat', heartbeatScript)
  const findExpired = defineScript(redis, 'slashroomExpiredOwners', expiredOwnersScript)
  const claimSome = defineScript(redis, 'slashroomClaim', claimScript)
  const deregister = defineScript(redis, 'slashroomDeregister', deregisterScript)
  let suspects = new Map<string, number>()

  async function claimNamed(owner: string, names: readonly string[]): Promise<readonly Lease[]> {
    const keys = [ownersKey, openKey(owner), openKey(me), ...names.map(entryKey)]
    const tokens = names.map(() => nextToken('taken'))
    const args = [owner, me, ...names.flatMap((name, n) => [name, tokens[n] ?? ''])]
    const texts = (await withRedisTimeout(claimSome(keys, args))) as readonly string[]
    return texts.map((text) => {
      const state = readState(text)
      reclaimed(state, Date.now())
      return { state, token: text.slice(0, text.indexOf('\n') + 1) }
    })
  }

  return {
    async heartbeat() {
      await withRedisTimeout(heartbeat([ownersKey], [me, lockMs]))
    },
    async dead() {
      const now = performance.now()
      const before = suspects
      suspects = new Map()
      // While Redis was unavailable no owner could send a heartbeat: so each is given the time to.
      const found = (await withRedisTimeout(findExpired([ownersKey], []))) as readonly string[]
      const others = found.filter((owner) => owner !== me)
      suspects = new Map(others.map((owner) => [owner, before.get(owner) ?? now]))
      return others.filter((owner) => now - (suspects.get(owner) ?? now) >= lockMs / 3)
    },
    async claim(owner, limit) {
      const names = await withRedisTimeout(redis.srandmember(openKey(owner), limit))
      if (owner === unowned && names.length === 0) return { leases: [], more: false }
      const leases = await claimNamed(owner, names)
      return { leases, more: leases.length > 0 && names.length === limit }
    },
    async reclaimOrphans(known, limit) {
      const names = await withRedisTimeout(redis.smembers(openKey(me)))
      const orphans = names.filter((name) => !known.has(name)).slice(0, limit)
      if (orphans.length === 0) return []
      const texts = await withRedisTimeout(redis.mget(orphans.map(entryKey)))
      const fresh = new Set(orphans.filter((_, n) => texts[n]?.startsWith(`${me} accepted`)))
      const leases = await claimNamed(me, orphans)
      // Those cannot have begun: nobody had them in hand.
      for (const one of leases) if (fresh.has(nameOf(one.state.invocation.id))) one.state = asNew(one.state)
      return leases
    },
    async deregister() {
      await withRedisTimeout(deregister([ownersKey, openKey(me)], [me]))
    },
  }
}

interface RedisOwnersDeps {
  readonly redis: Connection
  readonly me: string
  /** How long a process may go without a heartbeat before what it has in hand is given to others. */
  readonly lockMs: number
  readonly nextToken: NextToken
}

/** Gives another token for each entry and each time. It says how the process came to the entry. */
export type NextToken = (how: 'accepted' | 'taken') => string
