import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { createRedisStore } from '../../src/stores/redis.js'
import { connectRedis } from '../../src/stores/redis-connection.js'
import { keepsStorePromises } from '../contracts/store.js'
import { freePort } from '../fixtures/free-port.js'
import { type RedisCluster, startRedisCluster } from '../fixtures/redis-cluster.js'
import { build } from '../fixtures/slashroom.js'
import { type Battlefield, openBattlefield } from './chaos/attack.js'
import { tableLine } from './chaos/verdict.js'

describe('a Redis Cluster of three masters', () => {
  let cluster: RedisCluster
  let field: Battlefield | undefined
  beforeAll(async () => {
    build()
    cluster = await startRedisCluster()
  })
  afterAll(async () => {
    await field?.close()
    await cluster.stop()
  })

  describe('is a store as any other', () => {
    let last = ''
    keepsStorePromises(async () => {
      const name = expect.getState().currentTestName ?? ''
      if (name !== last) await cluster.clear()
      last = name
      return createRedisStore(connectRedis(cluster.url, silentLogger))
    })
  })

  it('loses no call when a bot on it is killed, its journal moves to another master, or that is restarted', async () => {
    const port = String(await freePort())
    const env = { STORE_URL: cluster.url, SECRET_KEY: '0123456789abcdef'.repeat(4), PORT: port }
    const started = await openBattlefield({ ...env, BASE_URL: `http://127.0.0.1:${port}` })
    field = started
    const other = await field.start({ PORT: String(await freePort()) })
    const rest = field.typing(30)
    await sleep(500)
    await started.bot.kill()
    await field.start()
    const { to } = await cluster.moveSlotOf('{slashroom}')
    await sleep(1_000)
    await to.restart()
    await expect.poll(async () => (await fetch(`${started.url}/readyz`)).status).toBe(200)
    const before = (await field.verdict(0)).accepted
    await sleep(1_000)
    await rest()
    const verdict = await field.verdict(240_000)
    console.log(tableLine('cluster: all of that', verdict))
    expect(verdict.accepted).toBeGreaterThan(before)
    expect({ lost: verdict.lost, doubled: verdict.doubled }).toEqual({ lost: [], doubled: [] })
    expect(await other.stop()).toBe(0)
  })
})
