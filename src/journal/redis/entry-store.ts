import { AuthenticationError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import type { ReplayToken } from '../../model/replay-protection.js'
import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { auditRecord, type EntryState, type Lease, LeaseLostError } from '../entry.js'
import type { AuditRecord, Journal } from '../journal.js'
import { type BatchedCall, type BatchedResult, type Batcher, createBatcher, ttlOf } from './batcher.js'
import { auditKey, entryKey, nameOf, replayTokenKey, unowned } from './keys.js'

/** A journal's entries in Redis, as one process uses them. */
export interface RedisEntries extends Pick<Journal, 'recordReplayToken' | 'findRecord' | 'audit'> {
  /** Stores a new entry with its replay token; false if it exists. Throws AuthenticationError if the token was seen before. */
  add(lease: Lease, replayToken?: ReplayToken): Promise<boolean>
  /** Saves of one tick are merged. This and the next two throw LeaseLostError if another process holds the entry. */
  save(lease: Lease): Promise<void>
  close(lease: Lease, record: AuditRecord): Promise<void>
  release(lease: Lease): Promise<void>
  /** Deletes expired entries, and the oldest closed ones if there are more than `most`. */
  trim(most?: number): Promise<void>
}

/** Creates the entry store for the process `me`; closed entries are kept for `days`. */
export function createRedisEntries({ redis, log, me, auditDays }: RedisEntriesDeps): RedisEntries {
  const call = createBatcher(redis, me)
  const auditMs = Math.ceil(auditDays * 86_400_000)
  const write = (lease: Lease, change: Change) => writeEntry(lease, change, call, log)

  return {
    async add(lease, replayToken) {
      const result = await accept(lease, call, replayToken)
      if (result === 'replayed') throw new AuthenticationError('replayed')
      return result === 'done'
    },
    save(lease) {
      const text = () => {
        lease.unwritten = undefined // later changes are not part of this write
        return openText(lease)
      }
      lease.unwritten ??= write(lease, { what: 'save', text })
      return lease.unwritten
    },
    async close(lease, record) {
      const text = `${closed}${lease.token}${JSON.stringify(record)}`
      await write(lease, { what: 'close', text: () => text, ms: auditMs })
    },
    async release(lease) {
      await write(lease, { what: 'release', text: () => openText({ ...lease, token: unownedToken }) })
    },
    async recordReplayToken(replayToken) {
      const set = redis.set(replayTokenKey(replayToken.key), replayToken.body, 'PX', ttlOf(replayToken), 'NX')
      if ((await withRedisTimeout(set)) !== 'OK') throw new AuthenticationError('replayed')
    },
    async findRecord(id) {
      return readRecord(await withRedisTimeout(redis.get(entryKey(nameOf(id)))))
    },
    audit: (options) => readAudit(redis, options),
    trim: (most = 1_000_000) => trimAudit(redis, call, Date.now() - auditMs, most),
  }
}

interface RedisEntriesDeps {
  readonly redis: Connection
  readonly log: Logger
  /** The process id as entries contain it. */
  readonly me: string
  readonly auditDays: number
}

type Change = Pick<BatchedCall, 'what' | 'text' | 'ms'>

function accept(lease: Lease, call: Batcher, replayToken?: ReplayToken): Promise<BatchedResult> {
  const { state, token } = lease
  const text = openText(lease)
  const ms = state.events[0]?.at ?? Date.now()
  return call({ what: 'accept', token, text: () => text, name: nameOf(state.invocation.id), ms, replayToken })
}

async function writeEntry(lease: Lease, change: Change, call: Batcher, log: Logger): Promise<void> {
  const { id } = lease.state.invocation
  const whole = { ...change, token: lease.token, name: nameOf(id) }
  let result = await call(whole)
  if (result === 'gone') {
    // A master failed before its replica got the entry. It was accepted, so it is stored again.
    result = await accept(lease, call)
    log.warn({ invocation: id }, 'redis lost an accepted call: stored again')
    if (result === 'done') result = await call(whole)
  }
  if (result !== 'done') throw new LeaseLostError('taken over by another process')
}

async function* readAudit(
  redis: Connection,
  { limit = Number.POSITIVE_INFINITY, since = 0 }: Parameters<Journal['audit']>[0] = {},
): AsyncGenerator<AuditRecord> {
  let given = 0
  for (let at = 0; ; at += 100) {
    const names = await withRedisTimeout(redis.zrevrangebyscore(auditKey, '+inf', since, 'LIMIT', at, 100))
    const texts = names.length === 0 ? [] : await withRedisTimeout(redis.mget(names.map(entryKey)))
    for (const record of texts.map(readRecord)) {
      if (given >= limit) return
      if (!record || record.outcome === 'ignored') continue
      given++
      yield record
    }
    if (names.length < 100) return
  }
}

async function trimAudit(redis: Connection, call: Batcher, before: number, most: number): Promise<void> {
  await withRedisTimeout(redis.zremrangebyscore(auditKey, '-inf', before))
  for (let open = 0; ; ) {
    const over = (await withRedisTimeout(redis.zcard(auditKey))) - most
    if (over <= 0) return
    const names = await withRedisTimeout(redis.zrange(auditKey, open, `${open + Math.min(over, 500) - 1}`))
    if (names.length === 0) return
    const forget = { what: 'forget', token: closed, text: () => '' } as const
    const results = await Promise.all(names.map((name) => call({ ...forget, name })))
    open += results.filter((result) => result !== 'done').length
  }
}

const unownedToken = `${unowned}\n`
const closed = 'closed '

/** The progress of an open entry. */
export function readState(text: string): EntryState {
  return JSON.parse(text.slice(text.indexOf('\n') + 1)) as EntryState
}

function openText({ token, state }: Lease): string {
  return token + JSON.stringify(state)
}

function readRecord(text: string | null): AuditRecord | undefined {
  if (text === null) return undefined
  return text.startsWith(closed)
    ? (JSON.parse(text.slice(text.indexOf('\n') + 1)) as AuditRecord)
    : auditRecord(readState(text))
}
