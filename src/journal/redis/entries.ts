import { AuthenticationError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import type { ReplayToken } from '../../model/replay.js'
import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { auditRecord, type EntryState, type Lease, LeaseLostError } from '../entry.js'
import type { AuditRecord } from '../journal.js'
import { type BatchedCall, type BatchedResult, createBatcher } from './batcher.js'
import { auditKey, entryKey, nameOf, unowned } from './keys.js'

/** A journal's entries in Redis, as one process has them. */
export interface RedisEntries {
  /** Keeps what is new, with its replay token, and says whether it is. Throws AuthenticationError where that was shown before. */
  add(lease: Lease, replayToken?: ReplayToken): Promise<boolean>
  /** Several of one turn are one. This and the next two throw LeaseLostError where another process has it. */
  save(lease: Lease): Promise<void>
  close(lease: Lease, record: AuditRecord): Promise<void>
  release(lease: Lease): Promise<void>
  story(id: string): Promise<AuditRecord | undefined>
  /** Newest first. */
  audit(since: number): AsyncIterable<AuditRecord>
  /** Takes away what is out of time, and the oldest that closed of more than `most`. */
  trim(most?: number): Promise<void>
}

/** The entries as the process `me` has them, closed ones kept for so many days. */
export function createRedisEntries({ redis, log, me, auditDays }: RedisEntriesDeps): RedisEntries {
  const call = createBatcher(redis, me)
  const auditMs = Math.ceil(auditDays * 86_400_000)

  function accept(lease: Lease, replayToken?: ReplayToken): Promise<BatchedResult> {
    const { state, token } = lease
    const text = openText(lease)
    const at = state.events[0]?.at ?? Date.now()
    return call({
      what: 'accept',
      token,
      text: () => text,
      name: nameOf(state.invocation.id),
      ms: at,
      replayToken,
    })
  }

  async function write(lease: Lease, { what, text, ms }: Pick<BatchedCall, 'what' | 'text' | 'ms'>): Promise<void> {
    const { invocation } = lease.state
    const whole = { what, token: lease.token, text, name: nameOf(invocation.id), ms }
    let answer = await call(whole)
    if (answer === 'gone') {
      // A master died before its replica heard of it: it was accepted, so it is kept again.
      answer = await accept(lease)
      log.warn({ invocation: invocation.id }, 'redis had lost it: kept again')
      if (answer === 'done') answer = await call(whole)
    }
    if (answer !== 'done') throw new LeaseLostError('taken over by another process')
  }

  async function readAll(names: readonly string[]): Promise<(AuditRecord | undefined)[]> {
    if (names.length === 0) return []
    return (await withRedisTimeout(redis.mget(names.map(entryKey)))).map(readStory)
  }

  return {
    async add(lease, replayToken) {
      const answer = await accept(lease, replayToken)
      if (answer === 'replayed') throw new AuthenticationError('replayed')
      return answer === 'done'
    },
    save(lease) {
      const text = () => {
        lease.unwritten = undefined // what is marked from now on comes too late for this write
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
    async story(id) {
      return readStory(await withRedisTimeout(redis.get(entryKey(nameOf(id)))))
    },
    async *audit(since) {
      for (let at = 0; ; at += 100) {
        const names = await withRedisTimeout(redis.zrevrangebyscore(auditKey, '+inf', since, 'LIMIT', at, 100))
        for (const record of await readAll(names)) if (record) yield record
        if (names.length < 100) return
      }
    },
    async trim(most = 1_000_000) {
      await withRedisTimeout(redis.zremrangebyscore(auditKey, '-inf', Date.now() - auditMs))
      for (let open = 0; ; ) {
        const over = (await withRedisTimeout(redis.zcard(auditKey))) - most
        if (over <= 0) return
        const names = await withRedisTimeout(redis.zrange(auditKey, open, `${open + Math.min(over, 500) - 1}`))
        if (names.length === 0) return
        const answers = await Promise.all(
          names.map((name) => call({ what: 'forget', token: closed, text: noText, name })),
        )
        open += answers.filter((answer) => answer !== 'done').length
      }
    },
  }
}

interface RedisEntriesDeps {
  readonly redis: Connection
  readonly log: Logger
  /** The process, as its entries name it. */
  readonly me: string
  readonly auditDays: number
}

const unownedToken = `${unowned}\n`
const closed = 'closed '

/** How far an open entry had come. */
export function readState(text: string): EntryState {
  return JSON.parse(text.slice(text.indexOf('\n') + 1)) as EntryState
}

function noText(): string {
  return ''
}

function openText({ token, state }: Lease): string {
  return token + JSON.stringify(state)
}

function readStory(text: string | null): AuditRecord | undefined {
  if (text === null) return undefined
  return text.startsWith(closed)
    ? (JSON.parse(text.slice(text.indexOf('\n') + 1)) as AuditRecord)
    : auditRecord(readState(text))
}
