import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/shared/cache.js'

describe('a cache', () => {
  it('is empty before it keeps anything', () => {
    const cache = createCache<number>({ max: 2 })
    cache.delete('a')
    expect([cache.get('a'), cache.peek('a'), cache.has('a')]).toEqual([undefined, undefined, false])
  })

  it('keeps what was used last', () => {
    const cache = createCache<number>({ max: 2 })
    cache.set('a', 1)
    cache.set('b', 2)
    expect([cache.get('a'), cache.peek('b')]).toEqual([1, 2])
    cache.set('c', 3)
    expect(['a', 'b', 'c'].map(cache.has)).toEqual([true, false, true])
    cache.delete('a')
    expect(cache.get('a')).toBeUndefined()
  })

  it('forgets after its time, or that of one value', async () => {
    const cache = createCache<number>({ max: 2, ttl: 60_000 })
    cache.set('short', 1, { ttl: 1 })
    cache.set('long', 2)
    await expect.poll(() => cache.get('short')).toBeUndefined()
    expect(cache.get('long')).toBe(2)
  })
})
