import type { TenantStore } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exampleTarget } from '../../../commands/deploy/_example.js'
import { holderOf, takeLock } from '../../../commands/deploy/_lock.js'
import ping from '../../../commands/ping.js'

describe('the lock on a target', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => void vi.useRealTimers())

  const room = () => testRoom(ping)
  const take = (store: TenantStore, id: string) => takeLock(store, exampleTarget, { id, by: id, at: 0 })

  it('is held for as long as a deployment takes', async () => {
    const { store, advance } = room()
    const lock = await take(store, 'ana')
    for (let minutes = 0; minutes < 5; minutes += 0.25) {
      await advance(15_000)
      await vi.advanceTimersByTimeAsync(15_000)
    }
    expect(await take(store, 'ben')).toBeUndefined()
    expect(lock?.lost.aborted).toBe(false)
    await lock?.release()
    expect(await take(store, 'ben')).toBeDefined()
  })

  it('ends a minute after its process died', async () => {
    const { store, advance } = room()
    await take(store, 'ana')
    await advance(59_000)
    expect(await take(store, 'ben')).toBeUndefined()
    await advance(1001)
    expect(await take(store, 'ben')).toBeDefined()
  })

  it('is lost to whoever took it meanwhile, and does not take theirs away', async () => {
    const { store, advance } = room()
    const lock = await take(store, 'ana')
    await advance(60_001)
    await take(store, 'ben')
    await vi.advanceTimersByTimeAsync(15_000)
    expect(lock?.lost.aborted).toBe(true)
    await lock?.release()
    expect(await holderOf(store, exampleTarget)).toMatchObject({ id: 'ben' })
  })
})
