import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.js'
import { createEmbeddedJournal } from '../../src/journal/embedded-journal.js'
import { ConfigError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { openStorage } from '../../src/storage.js'
import { loadOrCreateKeyFile } from '../../src/stores/encryption.js'
import { createLmdbStore, openLmdb } from '../../src/stores/lmdb.js'
import { checkLmdbFile } from '../../src/stores/lmdb-check.js'
import { keepsStorePromises } from '../contracts/store.js'
import { invocationOf } from '../fixtures/invocation.js'

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

  it('has files for its owner alone, whatever the folder and the umask are, and made them so before', async () => {
    await mkdir(dir, { mode: 0o777 })
    await writeFile(join(dir, 'lock.mdb'), '', { mode: 0o664 })
    const umask = process.umask(0)
    try {
      const embedded = openLmdb(dir)
      const journal = createEmbeddedJournal({ embedded, log: silentLogger })
      await journal.accept(invocationOf('1'))
      await loadOrCreateKeyFile(dir)
      const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
      expect(files.map(({ name }) => name).sort()).toEqual([
        '00000001.log',
        'data.mdb',
        'lock.mdb',
        'reserve',
        'secret.key',
      ])
      for (const { parentPath, name } of files) {
        expect((await stat(join(parentPath, name))).mode & 0o777, name).toBe(0o600)
      }
      await journal.close()
      await embedded.close()
    } finally {
      process.umask(umask)
    }
  })

  it('refuses a file that is damaged in the middle', async () => {
    const store = createLmdbStore(openLmdb(dir))
    await Promise.all(Array.from({ length: 3_000 }, (_, n) => store.set(`key/${n}`, n, { ttlMs: 9e9 })))
    await store.close()
    const path = join(dir, 'data.mdb')
    const whole = await readFile(path)
    expect(() => checkLmdbFile(path)).not.toThrow()
    let refused = 0
    for (let at = 2 * 4_096; whole.readUInt16LE(at + 18) !== 0; at += 4_096) {
      const isInUse = [0, 0xff].every((filler) => {
        writeFileSync(path, Buffer.from(whole).fill(filler, at, at + 4_096))
        return refuses(path)
      })
      if (isInUse) refused++
    }
    expect(refused).toBeGreaterThan(30)
  })

  it.each(['data.mdb', 'lock.mdb', 'log', '.'])('takes nothing new while it is removed: %s', async (name) => {
    const lines: string[] = []
    const log = { ...silentLogger, error: (_: unknown, text: string) => void lines.push(text) }
    const storage = await openStorage(readConfig({ STORE_URL: `file:${dir}` }), log)
    await storage.probe()
    const [place, away] = [join(dir, name), join(root, `away${Math.random()}`)]
    await rename(place, away)
    await expect.poll(() => storage.probe().catch(String)).toContain('was removed while the bot is running')
    await expect(storage.journal.accept(invocationOf('1'))).rejects.toThrow('was removed')
    expect(lines).toEqual([expect.stringContaining('the store was removed')])
    await rename(away, place)
    await expect.poll(() => storage.probe().catch(String)).toBeUndefined()
    await storage.journal.close()
    await storage.close()
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

function refuses(path: string): boolean {
  try {
    checkLmdbFile(path)
    return false
  } catch (error) {
    expect(String(error)).toMatch(/^ConfigError: STORE_URL: .* is damaged, .*\(page \d+\)\. Restore it from a backup/)
    return true
  }
}
