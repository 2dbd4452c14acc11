import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLease } from '../../src/connections/lease.js'
import { describeProcess } from '../../src/journal/process-liveness.js'
import { UnavailableError } from '../../src/model/errors.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import type { Store } from '../../src/stores/store.js'

describe('the lease of a connection', () => {
  afterEach(() => vi.restoreAllMocks())

  it('is given to one of many who take it at once', async () => {
    const store = createMemoryStore()
    const taken = await Promise.all(Array.from({ length: 20 }, () => lease(store).take()))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('goes to another when it is given back, and not before', async () => {
    const store = createMemoryStore()
    const [one, other] = [lease(store), lease(store)]
    await one.take()
    expect(await other.take()).toBe(false)
    await one.release()
    expect(one.isHeld()).toBe(false)
    expect(await other.take()).toBe(true)
  })

  it('lasts as long as it is renewed, and runs out where it is not', async () => {
    const store = createMemoryStore()
    const [one, other] = [lease(store, 2_000), lease(store, 2_000)]
    await one.take()
    for (const _ of [1, 2, 3]) {
      await sleep(800)
      expect(await one.renew()).toBe(true)
    }
    expect(await other.take()).toBe(false)
    await expect.poll(() => other.take()).toBe(true)
    expect(one.isHeld()).toBe(false)
    expect(await one.renew()).toBe(false)
    await one.release() // what is another's stays
    expect(await other.renew()).toBe(true)
  })

  it('is lost by the time that passed while the machine slept', async () => {
    const store = createMemoryStore()
    const one = lease(store)
    await one.take()
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now + 60_001)
    expect(one.isHeld()).toBe(false)
  })

  it('is not ours where it was written too late', async () => {
    const store = createMemoryStore()
    const slow: Store = {
      ...store,
      async set(...given) {
        await sleep(2_000)
        await store.set(...given)
      },
    }
    const [one, other] = [lease(slow, 1_000), lease(store, 5_000)]
    await one.take()
    const renewed = one.renew()
    await sleep(1_200)
    expect(await other.take()).toBe(true)
    expect(await renewed).toBe(false)
    expect(await other.renew(), 'who finds another’s name leaves too').toBe(false)
  })

  it('is kept while the store cannot be reached, until its time is over', async () => {
    const store = createMemoryStore()
    const away = () => Promise.reject(new UnavailableError('away', 1))
    const one = lease({ ...store, get: away, set: away }, 1_000)
    await one.take()
    expect(await one.renew()).toBe(true)
    await expect.poll(() => one.renew()).toBe(false)
  })

  it('is taken at once from a process that has exited', async () => {
    const store = createMemoryStore()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const gone = { ...describeProcess(), id: 'gone', pid, started: '1' }
    await createLease({ store, key: 'connection/chat', ttlMs: 60_000, self: gone }).take()
    const taken = await Promise.all(Array.from({ length: 10 }, () => lease(store).take()))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })
})

function lease(store: Store, ttlMs = 60_000) {
  return createLease({ store, key: 'connection/chat', ttlMs })
}
