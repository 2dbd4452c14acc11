import { createHash, randomUUID } from 'node:crypto'
import { type Job, Queue, Worker } from 'bullmq'
import { UnavailableError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import { checkProof, type Proof } from '../model/proof.js'
import { connectRedis, reachRedis } from '../stores/redis-connection.js'
import { createDesk, type Held, TakenError } from './desk.js'
import type { Journal, Story } from './journal.js'
import { accepted, closedStory, type Progress, storyOf, takenOver } from './progress.js'

/**
 * A journal in Redis, a BullMQ queue, for any number of processes. An entry is a job, its lock says whose it is; what a
 * dead process left is handed on when the lock has run out, within 30 s. https://docs.bullmq.io
 */
export function createRedisJournal(parts: RedisJournalParts): Journal {
  const { url, log, auditDays = 30, limit = 10_000, concurrency = 64, lockMs = 15_000, lookMs = 5_000 } = parts
  const redis = connectRedis(url, log)
  const patient = connectRedis(url, log, { patient: true })
  const queue = new Queue<Kept>(name, { connection: redis, prefix, skipVersionCheck: true })
  const worker = new Worker<Kept>(name, null, {
    connection: patient,
    prefix,
    autorun: false,
    lockDuration: lockMs,
    stalledInterval: lookMs,
    maxStalledCount: 1_000_000,
  })
  // The connections themselves say when Redis is away.
  const quiet = (error: Error) => log.debug({ err: error }, 'redis journal')
  queue.on('error', quiet)
  worker.on('error', quiet)

  const jobs = new Map<Held, Job<Kept>>()
  const timers: NodeJS.Timeout[] = []
  const fetched = Math.max(4 * concurrency, 256)
  let backlog = 0
  let stopping = false
  let takes = 0
  const me = randomUUID()

  const desk = createDesk({
    log,
    limit,
    concurrency,
    ledger: {
      keep: (held) => own(held, { progress: JSON.stringify(held.progress) }),
      async close(held, outcome) {
        const story = closedStory(held.progress, outcome, Date.now())
        await own(held, { data: JSON.stringify({ story } satisfies Kept), progress: '0' })
        await move(held, (job) => job.moveToCompleted(null, held.token, false))
      },
      async release(held) {
        await own(held, { progress: JSON.stringify(held.progress) })
        await move(held, (job) => job.moveToWait(held.token))
      },
    },
  })

  /** Writes into the job where it is still ours; a lock that ran out is taken again while nobody else has the job. */
  async function own(held: Held, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    const id = jobId(held.progress.invocation.id)
    const keys = [`${jobKey(id)}:lock`, jobKey(id), `${prefix}:${name}:active`]
    const given = [held.token, String(lockMs), id, ...Object.entries(fields).flat()]
    const owned = await reachRedis(redis.eval(ownScript, keys.length, ...keys, ...given))
    if (owned === 1) return
    jobs.delete(held)
    throw new TakenError('taken over by another process')
  }

  async function move(held: Held, how: (job: Job<Kept>) => Promise<unknown>): Promise<void> {
    const job = jobs.get(held)
    if (job) await reachRedis(how(job))
    jobs.delete(held)
  }

  async function add(invocation: Invocation): Promise<boolean> {
    const id = jobId(invocation.id)
    const at = Date.now()
    const by = randomUUID()
    const adding = queue.add(
      'invocation',
      { progress: accepted(invocation, at), by },
      { jobId: id, removeOnComplete: { age: auditDays * 86_400, count: 1_000_000 } },
    )
    // Sent right behind it, so that both take one round trip; where it overtook it is asked again.
    const [, first] = await Promise.all([adding, soon().then(() => whoAdded(id, at))])
    return (first ?? (await whoAdded(id, at))) === by
  }

  /** Before the invocation, so that nothing new is ever kept with a proof that is not. */
  async function show(proof: Proof, invocation?: Invocation): Promise<void> {
    const key = `${prefix}:proof:${proof.key}`
    const set = redis.set(key, proof.body, 'PX', Math.max(1_000, Math.ceil(proof.until - Date.now())), 'NX')
    if ((await reachRedis(set)) === 'OK') return
    const known = await reachRedis(redis.get(key))
    const isNew = invocation !== undefined && (await reachRedis(redis.exists(jobKey(jobId(invocation.id))))) === 0
    checkProof(proof, known ?? undefined, isNew)
  }

  async function whoAdded(id: string, at: number): Promise<string | undefined> {
    const [data] = await Promise.all([redis.hget(jobKey(id), 'data'), redis.zadd(auditKey, 'NX', at, id)])
    return data === null ? undefined : ((JSON.parse(data) as Kept).by ?? '')
  }

  async function fetch(): Promise<void> {
    while (!stopping) {
      if (desk.open().waiting >= fetched) await passed(20)
      // Where one was, there may be more: those are asked for together.
      else if (await fetchOne(true)) while (desk.open().waiting < fetched && (await fetchSome()));
    }
  }

  async function fetchSome(): Promise<boolean> {
    const found = await Promise.all(Array.from({ length: 16 }, () => fetchOne(false)))
    return found.every(Boolean) && !stopping
  }

  async function fetchOne(block: boolean): Promise<boolean> {
    const token = `${me}:${++takes}`
    const job = await worker.getNextJob(token, { block }).catch(() => passed(500))
    if (job) await takeUp(job, token)
    return job !== undefined
  }

  async function takeUp(job: Job<Kept>, token: string): Promise<void> {
    const kept = (typeof job.progress === 'object' ? job.progress : job.data.progress) as Progress | undefined
    if (!kept) {
      // Its process died between the two steps of closing it.
      await job.moveToCompleted(null, token, false).catch(() => undefined)
      return
    }
    const again = kept.begun || job.stalledCounter > 0
    if (again) takenOver(kept, Date.now())
    const held: Held = { progress: kept, token }
    jobs.set(held, job)
    // That it was taken over is kept with its next mark at the latest.
    if (again) await own(held, { progress: JSON.stringify(held.progress) }).catch(() => undefined)
    desk.take(held)
  }

  async function renew(): Promise<void> {
    const renewed = await Promise.allSettled([...jobs.keys()].map((held) => own(held)))
    const lost = renewed.filter(({ status }) => status === 'rejected').length
    if (lost > 0) log.warn({ entries: lost }, 'locks could not be renewed')
  }

  async function count(): Promise<void> {
    backlog = await queue.getWaitingCount()
  }

  async function shorten(): Promise<void> {
    await redis.zremrangebyscore(auditKey, 0, Date.now() - auditDays * 86_400_000)
  }

  /** What fails while Redis is away is done at the next turn. */
  function every(ms: number, task: () => Promise<void>): void {
    const timer = setInterval(() => void task().catch(() => undefined), ms)
    timer.unref()
    timers.push(timer)
  }

  every(1_000, count)

  return {
    async accept(invocation, proof) {
      if (desk.full()) throw new UnavailableError('The bot is stopping.', 2)
      if (backlog >= limit) throw new UnavailableError('Too much is waiting already.', 2)
      if (proof) await show(proof, invocation)
      const isNew = await reachRedis(add(invocation))
      if (isNew) backlog++
      return isNew
    },
    witness: (proof) => show(proof),
    full: () => desk.full() || backlog >= limit,
    async start(work) {
      desk.start(work)
      void fetch()
      void worker.startStalledCheckTimer()
      every(lockMs / 4, renew)
      every(600_000, shorten)
    },
    async stop(graceMs) {
      if (stopping) return
      stopping = true
      await desk.stop(graceMs)
      for (const timer of timers) clearInterval(timer)
      await Promise.race([Promise.allSettled([worker.close(true), queue.close()]), passed(1_000)])
      patient.disconnect()
      redis.disconnect()
    },
    async story(id) {
      return await readStory(jobId(id))
    },
    async *audit({ limit = Number.POSITIVE_INFINITY, since = 0 } = {}) {
      let given = 0
      for (let at = 0; given < limit; at += 100) {
        const ids = await reachRedis(redis.zrevrangebyscore(auditKey, '+inf', since, 'LIMIT', at, 100))
        for (const story of await Promise.all(ids.map(readStory))) {
          if (story && story.outcome !== 'ignored' && given++ < limit) yield story
        }
        if (ids.length < 100) return
      }
    },
    open: desk.open,
  }

  async function readStory(id: string): Promise<Story | undefined> {
    const [data, progress] = await reachRedis(redis.hmget(jobKey(id), 'data', 'progress'))
    if (!data) return undefined
    const kept = JSON.parse(data) as Kept
    const marked = progress ? (JSON.parse(progress) as Progress | 0) : 0
    return kept.story ?? storyOf(marked === 0 ? (kept.progress as Progress) : marked)
  }
}

interface RedisJournalParts {
  readonly url: string
  readonly log: Log
  readonly limit?: number
  readonly concurrency?: number
  /** How long stories are kept, and a message counts as seen. */
  readonly auditDays?: number
  /** How long a process may be silent before what it has in hand is given to others. */
  readonly lockMs?: number
  /** How often it is looked for what silent processes have. */
  readonly lookMs?: number
}

/** What a job carries: who added it and how far it was then; closed, its story alone. */
interface Kept {
  readonly progress?: Progress
  readonly by?: string
  readonly story?: Story
}

const name = 'journal'
/** The braces keep all keys of the queue on one node of a cluster. */
const prefix = '{slashroom}'
const auditKey = `${prefix}:audit`

const ownScript = `
local owner = redis.call('GET', KEYS[1])
if owner ~= ARGV[1] and (owner or not redis.call('LPOS', KEYS[3], ARGV[3])) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if #ARGV > 3 then redis.call('HSET', KEYS[2], unpack(ARGV, 4)) end
return 1`

/** BullMQ takes neither colons nor plain numbers for ids. */
function jobId(id: string): string {
  return `i-${createHash('sha256').update(id).digest('base64url')}`
}

function jobKey(id: string): string {
  return `${prefix}:${name}:${id}`
}

function soon(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
