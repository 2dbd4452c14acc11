import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../src/model/errors.js'
import { redisUnavailable } from '../../src/stores/redis-errors.js'
import { freePort } from '../fixtures/free-port.js'

describe('an error of Redis', () => {
  it('says that there is no connection, and not which option of the client to set', async () => {
    const redis = new Redis({ port: await freePort(), maxRetriesPerRequest: 1, retryStrategy: () => 1 })
    redis.on('error', () => undefined)
    const error = redisUnavailable(await redis.get('a').catch((reason: unknown) => reason))
    redis.disconnect()
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toBe('Redis cannot be reached: there is no connection.')
  })

  it('contains no address', () => {
    expect(redisUnavailable(new Error('lost 10.0.0.5:6379')).message).toBe('Redis cannot be reached: lost …')
  })
})
