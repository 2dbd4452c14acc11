import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { createRedisStore } from '../../src/stores/redis.js'
import { connectRedis } from '../../src/stores/redis-connection.js'
import { keepsStorePromises } from '../contracts/store.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { layWire } from '../fixtures/wire.js'

describe('the store in Redis', () => {
  let redis: RedisServer
  let database = 0
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  describe('promises', () => {
    // Each test has a database of its own.
    let last = ''
    keepsStorePromises(async () => {
      const name = expect.getState().currentTestName ?? ''
      if (name !== last) database++
      last = name
      return openStore(`${redis.url}/${database % 16}`)
    })
  })

  it('says that Redis is away, and finds it again by itself with all it had', async () => {
    const store = openStore(redis.url)
    await store.set('kept', 1)
    await redis.kill()
    await expect(store.get('kept')).rejects.toThrow(UnavailableError)
    await expect(store.set('kept', 2)).rejects.toThrow(UnavailableError)
    await redis.restart()
    await expect.poll(() => store.get('kept').catch(() => 'away')).toBe(1)
    await store.close()
  })

  it('lets the winner win though the answer was lost on the way', async () => {
    const wire = await layWire(redis.port)
    const store = openStore(`redis://127.0.0.1:${wire.port}`)
    await store.get('warm')
    wire.mute()
    const won = store.add('lost/answer', 1)
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
    wire.cut()
    wire.mend()
    expect(await won).toBe(true)
    expect(await store.add('lost/answer', 2)).toBe(false)
    await store.close()
    await wire.close()
  })

  it('does not hang on a Redis that is frozen', async () => {
    const store = openStore(redis.url)
    await store.set('kept', 1)
    redis.pause()
    await expect(store.get('kept')).rejects.toThrow(UnavailableError) // though Redis never answers
    redis.resume()
    await expect.poll(() => store.get('kept').catch(() => 'away')).toBe(1)
    await store.close()
  })
})

function openStore(url: string) {
  return createRedisStore(connectRedis(url, silentLogger))
}
