import { UnverifiedError } from '../../model/errors.js'
import type { Log } from '../../model/logger.js'
import type { Proof } from '../../model/replay.js'
import { type Connection, reachRedis } from '../../stores/redis-connection.js'
import { type Progress, storyOf } from '../entry-state.js'
import type { Story } from '../journal.js'
import { type Held, TakenError } from '../work-queue.js'
import { type Answer, createSteps, type Step } from './batcher.js'
import { auditKey, entryKey, nameOf, nobody } from './keys.js'

/** A journal's entries in Redis, as one process has them. */
export interface RedisEntries {
  /** Keeps what is new, with its proof, and says whether it is. Throws UnverifiedError where that was shown before. */
  add(held: Held, proof?: Proof): Promise<boolean>
  /** Several of one turn are one. This and the next two throw TakenError where another process has it. */
  keep(held: Held): Promise<void>
  close(held: Held, story: Story): Promise<void>
  release(held: Held): Promise<void>
  story(id: string): Promise<Story | undefined>
  /** Newest first. */
  audit(since: number): AsyncIterable<Story>
  /** Takes away what is out of time, and the oldest that closed of more than `most`. */
  shorten(most?: number): Promise<void>
}

/** The entries as the process `me` has them, closed ones kept for so many days. */
export function createRedisEntries({ redis, log, me, auditDays }: RedisEntriesParts): RedisEntries {
  const ask = createSteps(redis, me)
  const auditMs = Math.ceil(auditDays * 86_400_000)

  function accept(held: Held, proof?: Proof): Promise<Answer> {
    const { progress, token } = held
    const text = openText(held)
    const at = progress.events[0]?.at ?? Date.now()
    return ask({ what: 'accept', token, text: () => text, name: nameOf(progress.invocation.id), ms: at, proof })
  }

  async function write(held: Held, { what, text, ms }: Pick<Step, 'what' | 'text' | 'ms'>): Promise<void> {
    const { invocation } = held.progress
    const whole = { what, token: held.token, text, name: nameOf(invocation.id), ms }
    let answer = await ask(whole)
    if (answer === 'gone') {
      // A master died before its replica heard of it: it was accepted, so it is kept again.
      answer = await accept(held)
      log.warn({ invocation: invocation.id }, 'redis had lost it: kept again')
      if (answer === 'done') answer = await ask(whole)
    }
    if (answer !== 'done') throw new TakenError('taken over by another process')
  }

  async function readAll(names: readonly string[]): Promise<(Story | undefined)[]> {
    if (names.length === 0) return []
    return (await reachRedis(redis.mget(names.map(entryKey)))).map(readStory)
  }

  return {
    async add(held, proof) {
      const answer = await accept(held, proof)
      if (answer === 'replayed') throw new UnverifiedError('replayed')
      return answer === 'done'
    },
    keep(held) {
      const text = () => {
        held.unwritten = undefined // what is marked from now on comes too late for this write
        return openText(held)
      }
      held.unwritten ??= write(held, { what: 'keep', text })
      return held.unwritten
    },
    async close(held, story) {
      const text = `${closed}${held.token}${JSON.stringify(story)}`
      await write(held, { what: 'close', text: () => text, ms: auditMs })
    },
    async release(held) {
      await write(held, { what: 'release', text: () => openText({ ...held, token: nobodys }) })
    },
    async story(id) {
      return readStory(await reachRedis(redis.get(entryKey(nameOf(id)))))
    },
    async *audit(since) {
      for (let at = 0; ; at += 100) {
        const names = await reachRedis(redis.zrevrangebyscore(auditKey, '+inf', since, 'LIMIT', at, 100))
        for (const story of await readAll(names)) if (story) yield story
        if (names.length < 100) return
      }
    },
    async shorten(most = 1_000_000) {
      await reachRedis(redis.zremrangebyscore(auditKey, '-inf', Date.now() - auditMs))
      for (let open = 0; ; ) {
        const over = (await reachRedis(redis.zcard(auditKey))) - most
        if (over <= 0) return
        const names = await reachRedis(redis.zrange(auditKey, open, `${open + Math.min(over, 500) - 1}`))
        if (names.length === 0) return
        const answers = await Promise.all(
          names.map((name) => ask({ what: 'forget', token: closed, text: nothing, name })),
        )
        open += answers.filter((answer) => answer !== 'done').length
      }
    },
  }
}

interface RedisEntriesParts {
  readonly redis: Connection
  readonly log: Log
  /** The process, as its entries name it. */
  readonly me: string
  readonly auditDays: number
}

const nobodys = `${nobody}\n`
const closed = 'closed '

/** How far an open entry had come. */
export function readProgress(text: string): Progress {
  return JSON.parse(text.slice(text.indexOf('\n') + 1)) as Progress
}

function nothing(): string {
  return ''
}

function openText({ token, progress }: Held): string {
  return token + JSON.stringify(progress)
}

function readStory(text: string | null): Story | undefined {
  if (text === null) return undefined
  return text.startsWith(closed)
    ? (JSON.parse(text.slice(text.indexOf('\n') + 1)) as Story)
    : storyOf(readProgress(text))
}
