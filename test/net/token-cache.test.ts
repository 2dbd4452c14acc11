import { describe, expect, it } from 'vitest'
import { createTokenCache, type IssuedToken } from '../../src/net/token-cache.js'
import { createEncryptor } from '../../src/stores/encryption.js'
import { createMemoryStore } from '../../src/stores/memory.js'

const hour = 3_600_000
const encryptor = createEncryptor({ key: Buffer.alloc(32, 1) })

function setUp({ store = createMemoryStore(), lastsMs = hour, mark = '' } = {}) {
  const clock = { now: Date.now() }
  const asked: string[] = []
  const fetch = async (key: string): Promise<IssuedToken> => {
    asked.push(key)
    await new Promise((resolve) => setTimeout(resolve, 5))
    return { token: `${key} ${asked.length}${mark}`, expiresInMs: lastsMs }
  }
  return { store, clock, asked, tokens: createTokenCache({ store, encryptor, fetch, now: () => clock.now }) }
}

describe('access tokens', () => {
  it('are fetched once, however many need one at once', async () => {
    const { tokens, asked } = setUp()
    const got = await Promise.all(Array.from({ length: 100 }, (_, at) => tokens.get(at % 2 ? 'a' : 'b')))
    expect(asked.sort()).toEqual(['a', 'b'])
    expect(new Set(got).size).toBe(2)
  })

  it('are kept until shortly before they expire', async () => {
    const { tokens, asked, clock } = setUp()
    await tokens.get('a')
    clock.now += hour - 61_000
    expect(await tokens.get('a')).toBe('a 1')
    clock.now += 2_000
    expect(await tokens.get('a')).toBe('a 2')
    expect(asked).toHaveLength(2)
  })

  it('that live for seconds only are kept for most of that', async () => {
    const { tokens, clock } = setUp({ lastsMs: 10_000 })
    await tokens.get('a')
    clock.now += 8_900
    expect(await tokens.get('a')).toBe('a 1')
    clock.now += 200
    expect(await tokens.get('a')).toBe('a 2')
  })

  it('are found by another process, and cannot be read in the store', async () => {
    const { tokens, store } = setUp()
    const token = await tokens.get('a')
    const other = setUp({ store })
    expect(await other.tokens.get('a')).toBe(token)
    expect(other.asked).toEqual([])
    for await (const [, value] of store.list('')) expect(JSON.stringify(value)).not.toContain(token)
  })

  it('are fetched once by all processes that need one at once', async () => {
    const one = setUp()
    const other = setUp({ store: one.store })
    const got = await Promise.all([one.tokens.get('a'), other.tokens.get('a'), one.tokens.get('b')])
    expect(got[0]).toBe(got[1])
    expect([...one.asked, ...other.asked].sort()).toEqual(['a', 'b'])
  })

  it('are fetched by the next process where the first got none', async () => {
    const { tokens, store } = setUp()
    const broken = createTokenCache({ store, encryptor, fetch: () => Promise.reject(new Error('down')) })
    const got = await Promise.allSettled([broken.get('a'), tokens.get('a')])
    expect(got.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it('are renewed once for all whose token was refused', async () => {
    const { tokens, asked } = setUp()
    const old = await tokens.get('a')
    const renewed = await Promise.all(
      Array.from({ length: 20 }, async () => {
        tokens.invalidate('a', old)
        return await tokens.get('a')
      }),
    )
    expect(new Set(renewed)).toEqual(new Set(['a 2']))
    tokens.invalidate('a', old)
    expect(await tokens.get('a')).toBe('a 2')
    expect(asked).toHaveLength(2)
  })

  it('that another process has renewed are taken from there', async () => {
    const one = setUp()
    const old = await one.tokens.get('a')
    const other = setUp({ store: one.store, mark: ' of another' })
    await other.tokens.get('a')
    other.tokens.invalidate('a', old)
    const renewed = await other.tokens.get('a')
    one.tokens.invalidate('a', old)
    expect(await one.tokens.get('a')).toBe(renewed)
    expect(one.asked).toHaveLength(1)
  })

  it('are fetched again after that failed', async () => {
    let fails = 1
    const fetch = async () => {
      if (fails-- > 0) throw new Error('down')
      return { token: 'x', expiresInMs: hour }
    }
    const tokens = createTokenCache({ store: createMemoryStore(), encryptor, fetch })
    await expect(Promise.all([tokens.get('a'), tokens.get('a')])).rejects.toThrow('down')
    expect(await tokens.get('a')).toBe('x')
  })

  it('are fetched anew where the store holds nothing that can be read', async () => {
    const { tokens, store } = setUp()
    for (const value of ['nonsense', 7, encryptor.encrypt('{"token":"x","until":9e15}', 'token/b')]) {
      await store.set('token/a', value)
      expect(await tokens.get('a')).toMatch(/^a \d$/)
      await tokens.delete('a')
    }
  })

  it('are gone after they were deleted', async () => {
    const { tokens, store } = setUp()
    await tokens.get('a')
    await tokens.delete('a')
    expect(await store.get('token/a')).toBeUndefined()
    expect(await tokens.get('a')).toBe('a 2')
  })

  it('stay in memory where nothing encrypts them', async () => {
    const store = createMemoryStore()
    const tokens = createTokenCache({ store, fetch: async () => ({ token: 'x', expiresInMs: hour }) })
    await tokens.get('a')
    for await (const [key] of store.list('')) throw new Error(key)
  })
})
