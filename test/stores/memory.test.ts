import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/stores/memory.js'
import { keepsStorePromises } from '../contracts/store.js'
import { heldBytes } from '../fixtures/heap.js'

describe('the store in memory', () => {
  keepsStorePromises(async () => createMemoryStore(), { shared: false })

  it('lets go of what expired though nobody asks for it again', async () => {
    let now = 0
    const store = createMemoryStore({ now: () => now })
    const before = heldBytes()
    for (; now < 100_000; now++) await store.set(`cooldown/${now}`, 'x', { ttlMs: 100 })
    expect(heldBytes() - before).toBeLessThan(1_000_000)
    expect(await store.get('cooldown/99999')).toBe('x')
  })
})
