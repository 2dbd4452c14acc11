import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/model/errors.js'
import { createLmdbStore, openLmdb } from '../../src/stores/lmdb.js'
import { keepsStorePromises } from '../contracts/store.js'

describe('the embedded store', () => {
  let root: string
  let dir: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'slashroom-'))
  })
  beforeEach(() => {
    dir = join(root, String(Math.random()))
  })
  afterAll(() => rm(root, { recursive: true, maxRetries: 3 }))

  keepsStorePromises(async () => createLmdbStore(openLmdb(dir)))

  it('keeps what it was given when it is closed and opened again', async () => {
    const store = createLmdbStore(openLmdb(dir))
    await store.set('a', { b: 1 })
    await store.close()
    const again = createLmdbStore(openLmdb(dir))
    expect(await again.get('a')).toEqual({ b: 1 })
    await again.close()
  })

  it('lets others have a turn while it lists much', async () => {
    const store = createLmdbStore(openLmdb(dir))
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => store.set(`key/${n}`, n)))
    let turns = 0
    const others = setInterval(() => turns++, 0)
    let listed = 0
    for await (const _ of store.list('key/')) {
      listed++
      const until = performance.now() + 0.1
      while (performance.now() < until); // as long as it takes to do something with it
    }
    clearInterval(others)
    expect(listed).toBe(1_000)
    expect(turns).toBeGreaterThan(3)
    await store.close()
  })

  it('is readable for its owner alone', async () => {
    const store = createLmdbStore(openLmdb(dir))
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
    await store.close()
  })

  it('removes what has expired', async () => {
    const embedded = openLmdb(dir)
    const store = createLmdbStore(embedded)
    await Promise.all(Array.from({ length: 1_200 }, (_, n) => store.set(`short/${n}`, n, { ttlMs: 10 })))
    await store.set('renewed', 1, { ttlMs: 10 })
    await store.set('renewed', 2)
    const left = () => [...embedded.table('store').getKeys()].map(String)
    await expect.poll(left, { timeout: 30_000 }).toEqual(['renewed'])
    expect(await store.get('renewed')).toBe(2)
    await store.close()
  }, 40_000)

  it('says in one line what is wrong with its directory', async () => {
    await writeFile(join(root, 'file'), '')
    for (const bad of [join(root, 'file'), join(root, 'file', 'below'), '/dev/null/data', '/proc/nothing/data']) {
      expect(() => openLmdb(bad)).toThrow(ConfigError)
      expect(() => openLmdb(bad)).toThrow(/^STORE_URL: the directory .* cannot be used: .*$/)
    }
  })

  it('refuses a damaged file instead of dying of it', async () => {
    const store = createLmdbStore(openLmdb(dir))
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => store.set(`key/${n}`, 'x'.repeat(2_000))))
    await store.close()
    await truncate(join(dir, 'data.mdb'), 100_000)
    expect(() => openLmdb(dir)).toThrow(/damaged/)
    for (const damage of ['short', 'x'.repeat(100_000)]) {
      await writeFile(join(dir, 'data.mdb'), damage)
      expect(() => openLmdb(dir)).toThrow(/damaged/)
    }
  })
})
