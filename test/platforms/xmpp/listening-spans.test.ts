import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/model/logger.js'
import { createLastSeen } from '../../../src/platforms/xmpp/connection/listening-spans.js'
import { createMemoryStore } from '../../../src/stores/memory.js'

const minute = 60_000
const room = (id: string, enteredAt: number) => ({ id, enteredAt: () => enteredAt })

describe('the time of listening in a room', () => {
  const store = createMemoryStore()
  const seen = () => createLastSeen(store, 'bot@chat.example', silentLogger)

  it('is known to the next process, even for rooms that the last one had not entered yet', async () => {
    const now = Date.now()
    await seen().note([room('dev', now - minute), room('ops', now - minute)], now - 1_000)
    const killed = seen()
    await killed.load()
    await killed.note([room('ops', now)], now)
    const next = seen()
    await next.load()
    expect(['dev', 'ops', 'elsewhere'].map((id) => next.isMissed(id, now - 500))).toEqual([true, true, false])
  })

  it('is another process’s, if that listened later', async () => {
    const now = Date.now()
    const paused = seen()
    await paused.note([room('ops', now - 10 * minute)], now - 5 * minute)
    await seen().note([room('ops', now - 5 * minute)], now - 1_000)
    await paused.load()
    expect(paused.isMissed('ops', now - 500)).toBe(true)
    expect(paused.awayMs('ops')).toBeLessThan(minute)
  })

  it('keeps receding while the rooms are being entered', async () => {
    const now = Date.now()
    await seen().note([room('ops', now)], now)
    const next = seen()
    await next.load()
    const before = next.awayMs('ops') ?? Number.NaN
    await expect.poll(() => next.awayMs('ops')).toBeGreaterThan(before)
  })
})
