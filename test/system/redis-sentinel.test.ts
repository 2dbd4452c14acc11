import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SentinelGroup, startSentinelGroup } from '../fixtures/redis-sentinel.js'
import { build } from '../fixtures/slashroom.js'
import { type Battlefield, openBattlefield } from './chaos/attack.js'
import { tableLine } from './chaos/verdict.js'

describe('Redis behind Sentinel', () => {
  let group: SentinelGroup
  let field: Battlefield
  beforeAll(async () => {
    build()
    group = await startSentinelGroup()
  })
  afterAll(async () => {
    await field?.close()
    await group.stop()
  })

  it('loses no call when its master is killed, and doubles none', async () => {
    const started = await openBattlefield({ STORE_URL: group.url, SECRET_KEY: '0123456789abcdef'.repeat(4) })
    field = started
    const rest = field.typing(30)
    await sleep(1_000)
    expect(await group.masterPort()).toBe(group.master.port)
    await group.master.kill()
    await expect.poll(() => group.masterPort()).toBe(group.replica.port)
    await expect.poll(async () => (await fetch(`${field.url}/readyz`)).status).toBe(200)
    const before = (await field.verdict(0)).accepted
    await sleep(1_000)
    await rest()
    const verdict = await field.verdict(240_000)
    console.log(tableLine('Sentinel, master killed', verdict))
    expect(verdict.accepted).toBeGreaterThan(before)
    expect({ lost: verdict.lost, doubled: verdict.doubled }).toEqual({ lost: [], doubled: [] })
    expect(await started.bot.stop()).toBe(0)
  })
})
