import { afterEach, expect, it } from 'vitest'
import type { Store } from '../../src/stores/store.js'

/** What every store promises. `open` opens the same place again when it is called again within one test. */
export function keepsStorePromises(open: () => Promise<Store>, { shared = true } = {}): void {
  const opened: Store[] = []
  const openStore = async (): Promise<Store> => {
    const store = await open()
    opened.push(store)
    return store
  }
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  it('gives back what was put in, and undefined for what was not', async () => {
    const store = await openStore()
    const values = [0, '', false, null, 'ä 🎲 \u0000', [1, [2]], { a: { b: [null] } }, 'x'.repeat(100_000)]
    for (const [index, value] of values.entries()) {
      await store.set(`value/${index}`, value)
      expect(await store.get(`value/${index}`)).toEqual(value)
    }
    expect(await store.get('value/none')).toBeUndefined()
  })

  it('keeps the last of several values, and none once it is deleted', async () => {
    const store = await openStore()
    await store.set('a', 1)
    await store.set('a', 2)
    expect(await store.get('a')).toBe(2)
    await store.delete('a')
    await store.delete('a')
    expect(await store.get('a')).toBeUndefined()
  })

  it('keeps a value as it was when it was set, whatever happens to the object', async () => {
    const store = await openStore()
    const value = { list: [1] }
    await store.set('a', value)
    value.list.push(2)
    const got = (await store.get('a')) as { list: number[] }
    got.list.push(3)
    expect(await store.get('a')).toEqual({ list: [1] })
  })

  it('gives a key to only one of many who add it at once', async () => {
    const stores = [await openStore(), shared ? await openStore() : undefined]
    const adds = Array.from({ length: 50 }, (_, n) => (stores[n % 2] ?? stores[0])?.add('seen/1', n))
    const won = (await Promise.all(adds)).flatMap((won, n) => (won ? [n] : []))
    expect(won).toHaveLength(1)
    expect(await stores[0]?.get('seen/1')).toBe(won[0])
  })

  it('adds where a value was deleted', async () => {
    const store = await openStore()
    expect(await store.add('a', 1)).toBe(true)
    expect(await store.add('a', 2)).toBe(false)
    await store.delete('a')
    expect(await store.add('a', 3)).toBe(true)
    expect(await store.get('a')).toBe(3)
  })

  it('forgets a value when its time is over, and takes another in its place', async () => {
    const store = await openStore()
    await store.set('long', 1, { ttlMs: 600_000 })
    expect(await store.add('lasting', 1, { ttlMs: 600_000 })).toBe(true)
    expect(await store.add('lasting', 2)).toBe(false)
    await store.set('renewed', 1, { ttlMs: 40 })
    await store.set('renewed', 2)
    await store.set('short', 1, { ttlMs: 40 })
    await store.add('brief', 1, { ttlMs: 40 })
    await expect.poll(() => store.get('short'), { timeout: 5_000 }).toBeUndefined()
    await expect.poll(() => store.get('brief'), { timeout: 5_000 }).toBeUndefined()
    expect(await keysOf(store, '')).toEqual(['lasting', 'long', 'renewed'])
    expect(await store.get('lasting')).toBe(1)
    expect(await store.get('renewed')).toBe(2)
    expect(await store.add('brief', 3)).toBe(true)
    expect(await store.get('brief')).toBe(3)
  })

  it('lists what begins with a prefix, in the order of the bytes', async () => {
    const store = await openStore()
    const keys = ['a', 'a/b', 'a/a', 'a/ä', 'a/🎲', 'a/\uffee', 'a/a/a', 'a*', 'a?', 'a[', 'A/a', 'b']
    for (const key of keys) await store.set(key, key)
    expect(await keysOf(store, 'a/')).toEqual(['a/a', 'a/a/a', 'a/b', 'a/ä', 'a/\uffee', 'a/🎲'])
    expect(await keysOf(store, 'a*')).toEqual(['a*'])
    expect(await keysOf(store, 'a[')).toEqual(['a['])
    expect(await keysOf(store, 'nothing')).toEqual([])
  })

  it('lists more than one page, each key once, while others are deleted', async () => {
    const store = await openStore()
    const keys = Array.from({ length: 1_100 }, (_, n) => `page/${String(n).padStart(4, '0')}`)
    await Promise.all(keys.map((key) => store.set(key, key)))
    const seen: string[] = []
    for await (const [key, value] of store.list('page/')) {
      expect(value).toBe(key)
      seen.push(key)
      if (seen.length % 10 === 0) await store.delete(key)
    }
    expect(seen).toEqual(keys)
    expect(await keysOf(store, 'page/')).toHaveLength(990)
  })

  it('refuses a key that is empty or longer than 500 bytes', async () => {
    const store = await openStore()
    await store.set('k'.repeat(500), 1)
    expect(await store.get('k'.repeat(500))).toBe(1)
    for (const key of ['', 'k'.repeat(501), 'ä'.repeat(251)]) {
      await expect(store.set(key, 1)).rejects.toThrow(RangeError)
      await expect(store.add(key, 1)).rejects.toThrow(RangeError)
      await expect(store.get(key)).rejects.toThrow(RangeError)
      await expect(store.delete(key)).rejects.toThrow(RangeError)
    }
  })

  if (shared) {
    it('shows everybody on the same place what one of them did', async () => {
      const [one, other] = [await openStore(), await openStore()]
      await one.set('a', 1)
      expect(await other.get('a')).toBe(1)
      expect(await other.add('a', 2)).toBe(false)
      await other.delete('a')
      expect(await one.get('a')).toBeUndefined()
    })
  }
}

async function keysOf(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of store.list(prefix)) keys.push(key)
  return keys
}
