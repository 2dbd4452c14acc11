import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { asNew, type Lease, reclaimed } from '../entry.js'
import { hasExited, type ProcessIdentity } from '../process-liveness.js'
import { readState } from './entry-store.js'
import { auditKey, entryKey, nameOf, openKey, ownersKey, processKey, unowned } from './keys.js'
import { claimScript, defineScript, deregisterScript, heartbeatScript, oldestScript, ownersScript } from './scripts.js'

/** Other processes that own entries. */
export interface RedisOwners {
  /** Sends a heartbeat. */
  heartbeat(): Promise<void>
  /** Whether this process takes over entries of others; part of its heartbeat. */
  takes: boolean
  /** Whether another live process takes over entries; sends this one's heartbeat first. */
  hasSuccessor(): Promise<boolean>
  /**
   * Processes known to have exited, and those without a heartbeat for too long in this check and an earlier one.
   */
  dead(): Promise<readonly DeadOwner[]>
  /** Claims the oldest entries of an owner, at most `limit`; resolves with whether there may be more. */
  claim(owner: DeadOwner, limit: number): Promise<{ readonly leases: readonly Lease[]; readonly more: boolean }>
  /**
   * Claims entries that Redis assigned to this process in a response that was lost. `known` is called after Redis has
   * answered, because a cluster may execute the first request last.
   */
  reclaimOrphans(known: () => ReadonlySet<string>, limit: number): Promise<readonly Lease[]>
  /** Removes this process from the owners if it has no entries. */
  deregister(): Promise<void>
}

/** A process whose entries may be claimed. */
export interface DeadOwner {
  readonly id: string
  /** True if it has definitely exited, so its time limit does not matter. */
  readonly exited?: boolean
}

/** Creates the view of the process `self`. Others are dead after `lockMs` without a heartbeat. */
export function createRedisOwners({ redis, self, lockMs, nextToken }: RedisOwnersDeps): RedisOwners {
  const me = self.id
  const { beat: _, ...identity } = self
  const heartbeat = defineScript(redis, 'slashroomHeartbeat', heartbeatScript)
  const findOwners = defineScript(redis, 'slashroomOwners', ownersScript)
  const claimSome = defineScript(redis, 'slashroomClaim', claimScript)
  const findOldest = defineScript(redis, 'slashroomOldest', oldestScript)
  const deregister = defineScript(redis, 'slashroomDeregister', deregisterScript)
  let suspects = new Map<string, number>()
  /** Since when Redis has been reachable: nobody can send heartbeats during an outage, so everybody gets a new time limit after it. */
  let reachedAt: number | undefined
  redis.on('ready', () => {
    reachedAt = undefined
  })

  /** Processes whose time is over, and those that exited on this machine. */
  async function findOthers(): Promise<readonly Owner[]> {
    const [all, expired] = (await withRedisTimeout(findOwners([ownersKey], []))) as [string[], string[]]
    const others = all.filter((owner) => owner !== me)
    const texts = others.length === 0 ? [] : await withRedisTimeout(redis.mget(others.map(processKey)))
    return others.map((id, n) => {
      const process = texts[n] ? (JSON.parse(texts[n]) as Omit<ProcessIdentity, 'beat'>) : undefined
      const exited = process && hasExited(process, self)
      return { id, expired: expired.includes(id), exited, takes: process?.takes === true }
    })
  }

  /** A process still running on this machine is only blocked or paused and may finish its entries. */
  const patienceMs = ({ exited }: Owner) => (exited === false ? lockMs * 3 : lockMs / 3)

  async function claimNamed(owner: string, names: readonly string[], exited = false): Promise<readonly Lease[]> {
    const keys = [ownersKey, openKey(owner), openKey(me), ...names.map(entryKey)]
    const tokens = names.map(() => nextToken('taken'))
    const args = [owner, me, exited ? 1 : 0, ...names.flatMap((name, n) => [name, tokens[n] ?? ''])]
    const texts = (await withRedisTimeout(claimSome(keys, args))) as readonly string[]
    return texts.map((text) => {
      const state = readState(text)
      reclaimed(state, Date.now())
      return { state, token: text.slice(0, text.indexOf('\n') + 1) }
    })
  }

  const owners: RedisOwners = {
    takes: false,
    async heartbeat() {
      const text = JSON.stringify({ ...identity, takes: owners.takes })
      await withRedisTimeout(heartbeat([ownersKey, processKey(me)], [me, lockMs, text, identityMs]))
    },
    async hasSuccessor() {
      await owners.heartbeat() // before it looks, so that two processes that stop simultaneously do not rely on each other
      return (await findOthers()).some(({ expired, exited, takes }) => takes && !expired && exited !== true)
    },
    async dead() {
      const before = suspects
      suspects = new Map()
      const others = await findOthers().catch((error: unknown) => {
        reachedAt = undefined
        throw error
      })
      const now = performance.now()
      const since = reachedAt ?? now
      reachedAt = since
      suspects = new Map(others.filter(({ expired }) => expired).map(({ id }) => [id, before.get(id) ?? now]))
      const isSilent = (owner: Owner) => {
        const suspectedAt = suspects.get(owner.id) ?? now
        return now - since >= lockMs && now - suspectedAt >= patienceMs(owner)
      }
      return others.flatMap((owner) => {
        if (owner.exited) return { id: owner.id, exited: true }
        return isSilent(owner) ? { id: owner.id } : []
      })
    },
    async claim({ id, exited }, limit) {
      const names = (await withRedisTimeout(findOldest([openKey(id), auditKey], [limit]))) as readonly string[]
      if (id === unowned && names.length === 0) return { leases: [], more: false }
      const leases = await claimNamed(id, names, exited)
      return { leases, more: leases.length > 0 && names.length === limit }
    },
    async reclaimOrphans(known, limit) {
      const names = await withRedisTimeout(redis.smembers(openKey(me)))
      const ours = known()
      const orphans = names.filter((name) => !ours.has(name)).slice(0, limit)
      if (orphans.length === 0) return []
      const texts = await withRedisTimeout(redis.mget(orphans.map(entryKey)))
      const fresh = new Set(orphans.filter((_, n) => texts[n]?.startsWith(`${me} accepted`)))
      const leases = await claimNamed(me, orphans)
      // These cannot have begun, because nobody owned them.
      for (const one of leases) if (fresh.has(nameOf(one.state.invocation.id))) one.state = asNew(one.state)
      return leases
    },
    async deregister() {
      await withRedisTimeout(deregister([ownersKey, openKey(me), processKey(me)], [me]))
    },
  }
  return owners
}

interface Owner {
  readonly id: string
  readonly expired: boolean
  /** Undefined if this machine cannot tell. */
  readonly exited: boolean | undefined
  readonly takes: boolean
}

/** How long an owner's description is kept; an outage may last for hours. */
const identityMs = 86_400_000

interface RedisOwnersDeps {
  readonly redis: Connection
  readonly self: ProcessIdentity
  /** How long a process may be silent before its entries are given to others. */
  readonly lockMs: number
  readonly nextToken: NextToken
}

/** Creates a token for each time the process gets an entry, and how it got it. */
export type NextToken = (how: 'accepted' | 'taken') => string
