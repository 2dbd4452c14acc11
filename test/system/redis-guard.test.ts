import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.js'
import { ConfigError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { openStorage, type Storage } from '../../src/storage.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const evicting = { maxmemory: '50mb', 'maxmemory-policy': 'allkeys-lru' }

describe('a Redis that may lose what it is given', () => {
  it.each(['allkeys-lru', 'volatile-ttl', 'allkeys-random'])('is refused at start: %s', async (policy) => {
    const redis = await start({ ...evicting, 'maxmemory-policy': policy })
    const refusal = (await open(redis)).storage.check()
    await expect(refusal).rejects.toThrow(ConfigError)
    await expect(refusal).rejects.toThrow(new RegExp(`maxmemory-policy ${policy}.*noeviction.*REDIS_EVICTION=allowed`))
  })

  it('is refused in a cluster too', async () => {
    const redis = await start(evicting, true)
    await expect((await open(redis)).storage.check()).rejects.toThrow('maxmemory-policy allkeys-lru')
  })

  it('is said, where the operator allowed it', async () => {
    const { storage, lines } = await open(await start(evicting), { REDIS_EVICTION: 'allowed' })
    await storage.check()
    expect(lines.join()).toContain('Redis evicts (maxmemory-policy allkeys-lru)')
    await storage.probe()
  })

  it('is said, where it would evict once it had a limit, or writes nothing to its disk', async () => {
    const redis = await start({ maxmemory: '0', 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' })
    const { storage, lines } = await open(redis)
    await storage.check()
    expect(lines).toEqual([expect.stringContaining('has no maxmemory'), expect.stringContaining('appendonly yes')])
  })

  it('is found where it was away at the start, and keeps the bot from being ready', async () => {
    const redis = await start(evicting)
    redis.pause()
    const { storage, lines } = await open(redis)
    await storage.check()
    redis.resume()
    await expect.poll(() => storage.probe().catch(String)).toContain('maxmemory-policy allkeys-lru')
    expect(lines.join()).toContain('maxmemory-policy allkeys-lru')
  })

  it('is not what keeps all it has', async () => {
    const { storage, lines } = await open(await start({}))
    await storage.check()
    await storage.probe()
    expect(lines).toEqual([])
  })

  it('is not refused where its login may not ask', async () => {
    const redis = await start({})
    const control = new Redis(redis.url)
    await control.acl('SETUSER', 'bot', 'on', '>secret', '~*', '+@all', '-info', '-config')
    control.disconnect()
    const { storage, lines } = await open({ url: redis.url.replace('//', '//bot:secret@') })
    await storage.check()
    expect(lines).toEqual([expect.stringContaining('does not tell')])
  })
})

describe('a Redis that takes no writes', () => {
  it('is refused where it is a replica; one that becomes it is not ready', async () => {
    const redis = await start({})
    const { storage } = await open(redis)
    await storage.probe()
    const control = new Redis(redis.url)
    await control.replicaof('127.0.0.1', 1)
    await expect.poll(() => storage.probe().catch(String)).toMatch(/replica/)
    await expect((await open(redis)).storage.check()).rejects.toThrow('STORE_URL names a replica of Redis')
    await control.replicaof('NO', 'ONE')
    control.disconnect()
    await expect.poll(() => storage.probe().catch(String)).toBeUndefined()
  })

  it('is not ready where it is full', async () => {
    const redis = await start({})
    const { storage } = await open(redis)
    const control = new Redis(redis.url)
    await control.config('SET', 'maxmemory', '1')
    await expect.poll(() => storage.probe().catch(String)).toContain('Redis is full')
    await control.config('SET', 'maxmemory', '0')
    control.disconnect()
    await expect.poll(() => storage.probe().catch(String)).toBeUndefined()
  })

  it('is not ready where it is away, and no address is shown', async () => {
    const redis = await start({})
    const { storage } = await open(redis)
    await storage.probe()
    await redis.kill()
    await expect.poll(() => storage.probe().catch(String)).toContain('Redis cannot be reached')
    expect(await storage.probe().catch(String)).not.toContain('127.0.0.1')
  })
})

async function start(options: Readonly<Record<string, string>>, cluster = false): Promise<RedisServer> {
  const redis = await startRedis({ cluster, options })
  closing.push(() => redis.stop())
  return redis
}

async function open(redis: Pick<RedisServer, 'url'>, env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = []
  const note = (_: unknown, text: string) => void (text.startsWith('redis can') || lines.push(text))
  const log = { ...silentLogger, warn: note, error: note }
  const config = readConfig({ STORE_URL: redis.url, SECRET_KEY: '0123456789abcdef'.repeat(4), ...env })
  const storage: Storage = await openStorage(config, log)
  closing.push(async () => {
    await storage.journal.close()
    await storage.close()
  })
  return { storage, lines }
}
