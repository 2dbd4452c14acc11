import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../src/model/errors.js'
import type { Installation } from '../../src/model/installation.js'
import { createEncryptor } from '../../src/stores/encryption.js'
import { createInstallations } from '../../src/stores/installations.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import type { Store } from '../../src/stores/store.js'

describe('installations', () => {
  const key = randomBytes(32)
  const encryptor = createEncryptor({ key })

  it('are found again whole, and are secret in the store', async () => {
    const store = createMemoryStore()
    await createInstallations({ store, encryptor }).save(acme)
    expect(await createInstallations({ store, encryptor }).find('hipchat', 'acme')).toEqual(acme)
    for await (const [, value] of store.list('')) expect(JSON.stringify(value)).not.toContain('s3cret')
  })

  it('are not found under another platform, another id, or a part of one', async () => {
    const installations = createInstallations({ store: createMemoryStore(), encryptor })
    await installations.save({ ...acme, id: 'a/b' })
    await installations.save({ ...acme, id: 'a%2Fb' })
    for (const id of ['a', 'a/', 'A/b', 'b', '', '../hipchat/a/b', '\ud800', 'x'.repeat(100_000)]) {
      expect(await installations.find('hipchat', id)).toBeUndefined()
    }
    expect(await installations.find('slack', 'a/b')).toBeUndefined()
    expect((await installations.find('hipchat', 'a/b'))?.id).toBe('a/b')
  })

  it('stay the same object while nothing changed, though it is looked up again', async () => {
    const installations = createInstallations({ store: createMemoryStore(), encryptor, longestMs: 0 })
    await installations.save(acme)
    const found = await installations.find('hipchat', 'acme')
    expect(await installations.find('hipchat', 'acme')).toBe(found)
  })

  it('change at once where they are saved and removed', async () => {
    const installations = createInstallations({ store: createMemoryStore(), encryptor })
    await installations.save(acme)
    await installations.find('hipchat', 'acme')
    await installations.save({ ...acme, secrets: { oauth: 'new' } })
    expect((await installations.find('hipchat', 'acme'))?.secrets).toEqual({ oauth: 'new' })
    await installations.remove('hipchat', 'acme')
    expect(await installations.find('hipchat', 'acme')).toBeUndefined()
  })

  it('change within a second in other processes', async () => {
    const store = createMemoryStore()
    const [here, there] = [createInstallations({ store, encryptor }), createInstallations({ store, encryptor })]
    expect(await there.find('hipchat', 'acme')).toBeUndefined()
    await here.save(acme)
    expect(await there.find('hipchat', 'acme')).toEqual(acme)
    await here.save({ ...acme, secrets: { oauth: 'new' } })
    await passed(800)
    expect((await there.find('hipchat', 'acme'))?.secrets).toEqual({ oauth: 'new' })
    await here.remove('hipchat', 'acme')
    await passed(800)
    expect(await there.find('hipchat', 'acme')).toBeUndefined()
  })

  it('are read from the store once for many who ask together', async () => {
    const { store, reads } = counted(createMemoryStore())
    await createInstallations({ store, encryptor }).save(acme)
    const installations = createInstallations({ store, encryptor })
    const found = await Promise.all(Array.from({ length: 100 }, () => installations.find('hipchat', 'acme')))
    expect(new Set(found).size).toBe(1)
    expect(reads()).toBe(1)
  })

  it('are asked after with one small read for all of them, while none changed', async () => {
    const { store, reads } = counted(createMemoryStore())
    const installations = createInstallations({ store, encryptor, staleMs: 50 })
    const ids = Array.from({ length: 100 }, (_, n) => `acme-${n}`)
    for (const id of ids) await createInstallations({ store, encryptor }).save({ ...acme, id })
    const find = () => Promise.all(ids.map((id) => installations.find('hipchat', id)))
    await find()
    await passed(60)
    const before = reads()
    await find()
    expect(reads()).toBe(before)
    expect(reads('installations-version')).toBe(2)
  })

  it('are found changed by a process that was killed before it could say so', async () => {
    const store = createMemoryStore()
    const installations = createInstallations({ store, encryptor, longestMs: 50 })
    await installations.save(acme)
    await installations.find('hipchat', 'acme')
    await store.delete('installation/hipchat/acme')
    await passed(60)
    expect(await installations.find('hipchat', 'acme')).toBeUndefined()
  })

  it('that could be removed are, though it could not be said: it is said as soon as it can be', async () => {
    const store = createMemoryStore()
    let full = false
    const set: Store['set'] = async (...given) => {
      if (full) throw new UnavailableError('The store cannot be written: the disk is full.', 5)
      await store.set(...given)
    }
    const here = createInstallations({ store: { ...store, set }, encryptor, staleMs: 0 })
    const there = createInstallations({ store, encryptor, staleMs: 0 })
    await here.save(acme)
    await there.find('hipchat', 'acme')
    full = true
    await here.remove('hipchat', 'acme')
    expect(await here.find('hipchat', 'acme')).toBeUndefined()
    expect(await there.find('hipchat', 'acme')).toEqual(acme)
    full = false
    await here.find('hipchat', 'another')
    expect(await there.find('hipchat', 'acme')).toBeUndefined()
  })

  it('stay cached through a flood of ids that nobody installed', async () => {
    const { store, reads } = counted(createMemoryStore())
    const installations = createInstallations({ store, encryptor, maxCached: 10, staleMs: 60_000 })
    await installations.save(acme)
    await installations.find('hipchat', 'acme')
    for (let n = 0; n < 1_000; n++) await installations.find('hipchat', `forged-${n}`)
    const before = reads()
    expect(await installations.find('hipchat', 'acme')).toEqual(acme)
    expect(reads()).toBe(before)
  })

  it('are not brought back by a read that began before they were removed', async () => {
    const slow = slowReads(createMemoryStore())
    const installations = createInstallations({ store: slow.store, encryptor, staleMs: 60_000 })
    await createInstallations({ store: slow.store, encryptor }).save(acme)
    const early = installations.find('hipchat', 'acme')
    await passed(5)
    await installations.remove('hipchat', 'acme')
    slow.answer()
    await early
    const late = installations.find('hipchat', 'acme')
    slow.answer()
    expect(await late).toBeUndefined()
  })

  it('are encrypted anew when they were encrypted with an old key', async () => {
    const store = createMemoryStore()
    await createInstallations({ store, encryptor }).save(acme)
    const version = await store.get('installations-version')
    const rotated = createEncryptor({ key: randomBytes(32), oldKeys: [key] })
    expect(await createInstallations({ store, encryptor: rotated }).find('hipchat', 'acme')).toEqual(acme)
    for await (const [, value] of store.list('installation/')) {
      expect(rotated.needsRotation((value as { sealed: string }).sealed)).toBe(false)
    }
    expect(await store.get('installations-version')).toBe(version) // it is what it was, to whoever has it cached
  })

  it('stay removed where that happened while they were encrypted anew', async () => {
    const store = createMemoryStore()
    await createInstallations({ store, encryptor }).save(acme)
    let reads = 0
    const get = async (key: string) => {
      if (key.startsWith('installation/') && ++reads === 2) await store.delete(key)
      return await store.get(key)
    }
    const rotated = createEncryptor({ key: randomBytes(32), oldKeys: [key] })
    await createInstallations({ store: { ...store, get }, encryptor: rotated }).find('hipchat', 'acme')
    expect(reads).toBe(2)
    expect(await store.get('installation/hipchat/acme')).toBeUndefined()
  })

  it('say at once that they were encrypted with another key, and nothing where the store is away', async () => {
    const store = createMemoryStore()
    const other = createInstallations({ store, encryptor: createEncryptor({ key: randomBytes(32) }) })
    await other.checkKey()
    await createInstallations({ store, encryptor }).save(acme)
    await expect(other.checkKey()).rejects.toThrow(/^SECRET_KEY is not the key/)
    await createInstallations({ store, encryptor }).checkKey()
    await createInstallations({ store: { ...store, list: away }, encryptor }).checkKey()
  })

  it('are listed by platform', async () => {
    const installations = createInstallations({ store: createMemoryStore(), encryptor })
    for (const id of ['b', 'a']) await installations.save({ ...acme, id })
    await installations.save({ ...acme, platform: 'hipchat2' })
    const ids: string[] = []
    for await (const { id } of installations.list('hipchat')) ids.push(id)
    expect(ids).toEqual(['a', 'b'])
  })

  it('say that they cannot be had when the store is away', async () => {
    const away = async () => {
      throw new Error('connect ECONNREFUSED')
    }
    const installations = createInstallations({
      store: { ...createMemoryStore(), get: away, set: away },
      encryptor,
    })
    await expect(installations.find('hipchat', 'acme')).rejects.toThrow(UnavailableError)
    await expect(installations.save(acme)).rejects.toThrow(UnavailableError)
  })
})

const acme: Installation = {
  id: 'acme',
  platform: 'hipchat',
  tenant: { id: '7', name: 'Acme' },
  details: { tokenUrl: 'https://api.hipchat.com/v2/oauth/token' },
  secrets: { oauth: 's3cret' },
}

/** Counts what is read of the installations, or under another key. */
function counted(store: Store): { readonly store: Store; reads(prefix?: string): number } {
  const keys: string[] = []
  const get = (key: string) => {
    keys.push(key)
    return store.get(key)
  }
  return {
    store: { ...store, get },
    reads: (prefix = 'installation/') => keys.filter((key) => key.startsWith(prefix)).length,
  }
}

/** Each read of an installation has seen the store, and answers when `answer` is called. */
function slowReads(store: Store): { readonly store: Store; answer(): void } {
  const waiting: (() => void)[] = []
  const get = async (key: string) => {
    const seen = store.get(key)
    if (key.startsWith('installation/')) await new Promise<void>((resolve) => waiting.push(resolve))
    return await seen
  }
  return { store: { ...store, get }, answer: () => waiting.shift()?.() }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

// biome-ignore lint/correctness/useYield: it fails before there is anything to give
async function* away(): AsyncGenerator<never> {
  throw new UnavailableError('away', 1)
}
