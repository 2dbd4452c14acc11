import { Cluster } from 'ioredis'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { isRecord } from '../shared/json.js'
import { repeat } from '../shared/repeat.js'
import { type Connection, mastersOf, withRedisTimeout } from './redis-connection.js'

/** Ensures that Redis keeps its data: it evicts nothing, is no replica, and persists to disk. */
export interface RedisGuard {
  /** Throws ConfigError if it does not; logs warnings. If Redis is down, it is checked when it is back. */
  check(): Promise<void>
  /** The last error found. */
  problem(): string | undefined
  close(): void
}

/** Checks every master on demand, on each new connection, and once a minute. */
export function createRedisGuard({ redis, evictionAllowed, log }: RedisGuardDeps): RedisGuard {
  let problem: string | undefined
  let logged = ''

  async function look(): Promise<void> {
    const found = await inspect(redis, evictionAllowed)
    problem = found.find(({ refused }) => refused)?.text
    const texts = found.filter(({ refused }) => !refused).map(({ text }) => text)
    if (logged !== texts.join()) for (const text of texts) log.warn({}, text)
    logged = texts.join()
  }

  async function lookAgain(): Promise<void> {
    const before = problem
    await look()
    if (problem && problem !== before) log.error({}, problem)
  }

  const whileAway = (error: unknown) => log.debug({ err: error }, 'redis could not be looked at')
  const timer = repeat(lookAgain, 60_000, whileAway)
  redis.on('ready', () => void lookAgain().catch(whileAway))

  return {
    async check() {
      await look().catch(whileAway)
      if (problem) throw new ConfigError(problem)
    },
    problem: () => problem,
    close: () => clearInterval(timer),
  }
}

interface RedisGuardDeps {
  readonly redis: Connection
  /** True if the operator allows eviction. */
  readonly evictionAllowed: boolean
  readonly log: Logger
}

interface Finding {
  readonly text: string
  /** True if the bot must not run like this. */
  readonly refused: boolean
}

async function inspect(redis: Connection, evictionAllowed: boolean): Promise<readonly Finding[]> {
  await withRedisTimeout(redis.exists('slashroom:probe')) // cluster nodes are known only after a command
  const found: Finding[] = []
  for (const master of mastersOf(redis)) {
    const info = await answerOr(master.info(), '')
    const says = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
    if (!(redis instanceof Cluster) && says('role') === 'slave') found.push(refused(isReplica))
    found.push(...judgeEviction(says('maxmemory_policy'), says('maxmemory'), evictionAllowed))
    if (says('aof_enabled') === '0' && (await savesNothing(master))) found.push(doubtful(keepsNothing))
  }
  return [...new Map(found.map((finding) => [finding.text, finding])).values()]
}

/** A limit of 0 means none: nothing is evicted until one is set. */
function judgeEviction(policy: string | undefined, limit: string | undefined, allowed: boolean): readonly Finding[] {
  if (policy === 'noeviction') return []
  if (policy === undefined) return [doubtful(unknownPolicy)]
  if (limit === '0') return [doubtful(`Redis has no maxmemory; once it has, ${policy} would evict: set noeviction.`)]
  if (allowed) return [doubtful(`Redis evicts (maxmemory-policy ${policy}): ${whatIsLost}.`)]
  return [
    refused(
      `STORE_URL: Redis has maxmemory-policy ${policy}, so ${whatIsLost}. Set it to noeviction, or set REDIS_EVICTION=allowed to start anyway.`,
    ),
  ]
}

/** Hosted Redis often does not reveal it: then there is no warning. */
async function savesNothing(master: ReturnType<typeof mastersOf>[number]): Promise<boolean> {
  const answer: unknown = await answerOr(master.config('GET', 'save'), undefined)
  if (Array.isArray(answer)) return answer[1] === ''
  return isRecord(answer) && answer['save'] === ''
}

/** Redis's response; `otherwise` if it refuses, for example because the login lacks permissions. */
async function answerOr<Answer>(asked: Promise<Answer>, otherwise: Answer): Promise<Answer> {
  const refusal = (error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') return otherwise
    throw error
  }
  return await withRedisTimeout(asked.catch(refusal))
}

const whatIsLost = 'requests may be replayed, and accepted commands and installations lost'
const isReplica = 'STORE_URL names a replica of Redis, where nothing can be kept: name its master.'
const keepsNothing = 'Redis writes nothing to its disk, so a restart loses all it has: set appendonly yes.'
const unknownPolicy = 'Redis does not tell its maxmemory-policy: see that it is noeviction.'

function refused(text: string): Finding {
  return { text, refused: true }
}

function doubtful(text: string): Finding {
  return { text, refused: false }
}
