import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeProcess } from '../../src/journal/process-liveness.js'
import { createRedisJournal } from '../../src/journal/redis/redis-journal.js'
import { UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { keepsJournalPromises, type Place } from '../contracts/journal.js'
import { invocationOf } from '../fixtures/invocation.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { layWire, type Wire } from '../fixtures/wire.js'
import { withQueue } from '../fixtures/working-journal.js'

describe('the journal in Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  keepsJournalPromises(async () => await findPlace(redis))

  it('takes no more than its limit', async () => {
    const place = await findPlace(redis)
    const { journal } = await place.open({ limit: 3 })
    for (const id of ['1', '2', '3']) await journal.accept(invocationOf(id))
    expect(journal.full()).toBe(true)
    await expect(journal.accept(invocationOf('4'))).rejects.toThrow(UnavailableError)
    await journal.start(async () => 'done')
    await expect.poll(() => journal.full()).toBe(false)
    await journal.stop(1_000)
    await place.clear()
  })

  it('refuses while Redis is away, and loses nothing of what it had accepted', async () => {
    const place = await findPlace(redis)
    const { journal } = await place.open()
    await journal.accept(invocationOf('before'))
    await redis.kill()
    await expect(journal.accept(invocationOf('during'))).rejects.toThrow(UnavailableError)
    await redis.restart()
    await expect.poll(() => journal.accept(invocationOf('after')).catch(() => 'away')).not.toBe('away')
    const run: string[] = []
    await journal.start(async ({ invocation }) => {
      run.push(invocation.id)
      return 'done'
    })
    await expect.poll(() => run).toEqual(expect.arrayContaining(['before', 'after']))
    expect(new Set(run).size).toBe(run.length)
    await journal.stop(1_000)
    await place.clear()
  })
})

/** Each journal has a wire of its own to a Redis that is empty at first. */
async function findPlace(redis: RedisServer): Promise<Place> {
  const wires: Wire[] = []
  const control = new Redis(redis.url)
  control.on('error', () => undefined)
  await control.flushall()
  return {
    async open(bounds) {
      const wire = await layWire(redis.port)
      wires.push(wire)
      const url = `redis://127.0.0.1:${wire.port}`
      const self = { ...describeProcess(), space: '' } // as on another machine
      const journal = withQueue(
        createRedisJournal({ url, log: silentLogger, lockMs: 2_000, lookMs: 300, self }),
        bounds,
      )
      return { journal, die: async () => wire.cut(), thaw: async () => wire.mend() }
    },
    async clear() {
      await Promise.all(wires.map((wire) => wire.close()))
      control.disconnect()
    },
  }
}
