import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAliases } from '../../src/notify/aliases.js'
import { createLmdbStore, openLmdb } from '../../src/stores/lmdb.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import type { Store } from '../../src/stores/store.js'

describe.each([
  ['memory', async () => createMemoryStore()],
  ['the embedded store', openEmbedded],
])('aliases in %s', (_, open) => {
  it('are one room or many, in the order in which they were written, each once', async () => {
    const aliases = createAliases(await open())
    await aliases.set('lab', ['#basement'])
    await aliases.set('on-call', ['hipchat:42', 'slack:C0123', ' hipchat:42 ', 'irc:#ops'])
    expect(await aliases.find('lab')).toEqual(['#basement'])
    expect(await aliases.find('on-call')).toEqual(['hipchat:42', 'slack:C0123', 'irc:#ops'])
    expect((await aliases.list()).map(({ name }) => name)).toEqual(['lab', 'on-call'])
  })

  it('change at once here, and within a second for others on the same store', async () => {
    const store = await open()
    const [here, there] = [createAliases(store), createAliases(store)]
    expect(await there.find('ops')).toBeUndefined()
    await here.set('ops', ['hipchat:42'])
    expect(await here.find('ops')).toEqual(['hipchat:42'])
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(await there.find('ops')).toEqual(['hipchat:42'])
    expect(await here.remove('ops')).toBe(true)
    expect(await here.find('ops')).toBeUndefined()
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(await there.find('ops')).toBeUndefined()
  })
})

describe('aliases', () => {
  it('are the same in upper and lower case, and are listed as they were written', async () => {
    const aliases = createAliases(createMemoryStore())
    await aliases.set('Ops', ['hipchat:42'])
    await aliases.set('OPS', ['hipchat:43'])
    expect(await aliases.find('ops')).toEqual(['hipchat:43'])
    expect(await aliases.list()).toEqual([{ name: 'OPS', rooms: ['hipchat:43'] }])
    expect(await aliases.remove('ops')).toBe(true)
    expect(await aliases.remove('ops')).toBe(false)
    expect(await aliases.list()).toEqual([])
  })

  it.each(['ops', '#ops', '%23ops', 'Ops ', '#OPS'])('that lead to themselves are refused: %j', async (room) => {
    const aliases = createAliases(createMemoryStore())
    const set = aliases.set('ops', ['hipchat:1', room])
    await expect(set).rejects.toThrow('The alias "ops" would point to itself: name the platform')
    expect(await aliases.list()).toEqual([])
  })

  it('may have the name of the room that they lead to, where it is written which', async () => {
    const aliases = createAliases(createMemoryStore())
    await aliases.set('ops', ['hipchat:ops'])
    expect(await aliases.find('ops')).toEqual(['hipchat:ops'])
  })

  it('do not lead to other aliases, whichever of them is made first', async () => {
    const aliases = createAliases(createMemoryStore())
    await aliases.set('ops', ['hipchat:42'])
    await expect(aliases.set('all', ['#Ops', 'slack:C1'])).rejects.toThrow('"#Ops" is an alias, and')
    await aliases.set('web', ['www'])
    await expect(aliases.set('www', ['slack:C1'])).rejects.toThrow('The alias "web" has a room "www"')
    expect((await aliases.list()).map(({ name }) => name)).toEqual(['ops', 'web'])
    await aliases.set('web', ['slack:C2'])
    await aliases.set('www', ['slack:C1'])
  })

  it.each([
    ['ops', [], 'The alias "ops" has no room'],
    ['ops', [''], '"" is not a valid room'],
    ['ops', ['slack:'], '"slack:" is not a valid room'],
    ['', ['hipchat:1'], 'An alias must have 1 to 64 letters'],
    ['slack:C1', ['hipchat:1'], 'An alias must have'],
    ['a b', ['hipchat:1'], 'An alias must have'],
    ['#ops', ['hipchat:1'], 'An alias must have'],
    ['x'.repeat(65), ['hipchat:1'], 'An alias must have'],
  ])('%j for %j are refused', async (name, rooms, message) => {
    const aliases = createAliases(createMemoryStore())
    await expect(aliases.set(name, rooms)).rejects.toThrow(message)
    expect(await aliases.list()).toEqual([])
    expect(await aliases.remove(name)).toBe(false)
  })

  it('are not found for what stands on all objects', async () => {
    const aliases = createAliases(createMemoryStore())
    for (const name of ['constructor', '__proto__', 'toString']) expect(await aliases.find(name)).toBeUndefined()
    await aliases.set('constructor', ['hipchat:1'])
    expect(await aliases.find('constructor')).toEqual(['hipchat:1'])
  })

  it('cost no read while none changed, neither those that there are nor those that there are not', async () => {
    const store = createMemoryStore()
    await createAliases(store).set('ops', ['hipchat:42'])
    const aliases = createAliases(store, { staleMs: 60_000 })
    const [get, list] = [vi.spyOn(store, 'get'), vi.spyOn(store, 'list')]
    await Promise.all(Array.from({ length: 100 }, () => aliases.find('ops')))
    for (let n = 0; n < 100; n++) await aliases.find(`room-${n}`)
    expect([get.mock.calls.length, list.mock.calls.length]).toEqual([1, 1])
  })

  it('are found again when the store is', async () => {
    const store = createMemoryStore()
    await createAliases(store).set('ops', ['hipchat:42'])
    const aliases = createAliases(store, { staleMs: 60_000 })
    vi.spyOn(store, 'list').mockImplementationOnce(async function* () {
      yield* []
      throw new Error('The connection was lost.')
    })
    await expect(aliases.find('ops')).rejects.toThrow('The store cannot be reached.')
    expect(await aliases.find('ops')).toEqual(['hipchat:42'])
  })

  it('are found changed by a process that was killed before it could say so', async () => {
    const store = createMemoryStore()
    const aliases = createAliases(store, { longestMs: 0 })
    await aliases.set('ops', ['hipchat:42'])
    await aliases.find('ops')
    await store.delete('notify/alias/ops')
    expect(await aliases.find('ops')).toBeUndefined()
  })
})

async function openEmbedded(): Promise<Store> {
  const dir = await mkdtemp(join(tmpdir(), 'slashroom-aliases-'))
  const store = createLmdbStore(openLmdb(dir))
  onTestFinished(async () => {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  })
  return store
}
