import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError } from '../../src/model/errors.js'
import { createTokens, type TokenRequest, type Tokens } from '../../src/notify/tokens.js'
import { createLmdbStore, openLmdb } from '../../src/stores/lmdb.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import type { Store } from '../../src/stores/store.js'

const ci: TokenRequest = { name: 'ci', kind: 'post', rooms: ['ops'] }

describe.each([
  ['memory', async () => createMemoryStore()],
  ['the embedded store', openEmbedded],
])('tokens in %s', (_, open) => {
  it('are found by themselves, with what they are good for', async () => {
    const { tokens } = await from(open)
    const { token, sender } = await tokens.create({ ...ci, mentions: true, rate: { count: 30, windowMs: 60_000 } })
    expect(token).toMatch(/^[A-Za-z0-9]{40}$/)
    expect(sender).toMatchObject({ name: 'ci', kind: 'post', rooms: ['ops'], mentions: true, rate: { count: 30 } })
    expect(await tokens.find(token)).toEqual(sender)
  })

  it('are revoked at once here, and within a second for others on the same store', async () => {
    const { store, tokens } = await from(open)
    const others = createTokens({ store })
    const { token } = await tokens.create(ci)
    expect(await others.find(token)).toMatchObject({ name: 'ci' })
    expect(await tokens.revoke('ci')).toBe(true)
    expect(await tokens.find(token)).toBeUndefined()
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(await others.find(token)).toBeUndefined()
  })

  it('leave nothing of themselves in the store but a hash, and nothing at all once they are revoked', async () => {
    const { store, tokens } = await from(open)
    const before = await dump(store)
    const { token, sender } = await tokens.create(ci)
    tokens.noteUse(sender)
    await expect.poll(async () => (await tokens.list())[0]?.lastUsedAt).toBeDefined()
    const kept = await dump(store)
    expect(kept).toContain('ops')
    for (let at = 0; at + 8 <= token.length; at++) expect(kept).not.toContain(token.slice(at, at + 8))
    await tokens.revoke('ci')
    expect(without(await dump(store), /tokens-version/)).toEqual(without(before, /tokens-version/))
  })

  it('have names that only one of two gets who want the same at once', async () => {
    const { tokens } = await from(open)
    const made = await Promise.allSettled([tokens.create(ci), tokens.create(ci)])
    expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await expect(tokens.create(ci)).rejects.toThrow(
      'There already is a token "ci": "slashroom token revoke ci" revokes',
    )
    await tokens.revoke('ci')
    await tokens.create(ci)
  })
})

describe('tokens', () => {
  it('are as long as those of HipChat’s first API where that is asked for', async () => {
    const { tokens } = await from()
    const { token } = await tokens.create({ ...ci, v1: true })
    expect(token).toMatch(/^[A-Za-z0-9]{30}$/)
    expect(await tokens.find(token)).toMatchObject({ name: 'ci' })
  })

  it('may post 500 times in five minutes where nothing else is said, and without end where that is', async () => {
    const { tokens } = await from()
    expect((await tokens.create(ci)).sender.rate).toEqual({ count: 500, windowMs: 300_000 })
    const { token } = await tokens.create({ ...ci, name: 'fast', rate: 'none' })
    expect(await tokens.find(token)).toMatchObject({ name: 'fast', mentions: false })
    expect((await tokens.find(token))?.rate).toBeUndefined()
  })

  it('are nobody’s when they are wrong, however near they come', async () => {
    const { tokens } = await from()
    const { token } = await tokens.create(ci)
    const near = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
    for (const wrong of [
      '',
      near,
      token.slice(1),
      `${token}a`,
      `${token} `,
      token.toLowerCase().padEnd(41),
      'ci',
      '__proto__',
    ])
      expect(await tokens.find(wrong), wrong).toBeUndefined()
  })

  it('expire at their time, and stay listed', async () => {
    const clock = { at: 1_000 }
    const tokens = createTokens({ store: createMemoryStore(), now: () => clock.at })
    const { token } = await tokens.create({ ...ci, expires: 60_000 })
    clock.at = 60_999
    expect(await tokens.find(token)).toMatchObject({ name: 'ci', expiresAt: 61_000 })
    clock.at = 61_000
    expect(await tokens.find(token)).toBeUndefined()
    expect(await tokens.list()).toMatchObject([{ name: 'ci', createdAt: 1_000, expiresAt: 61_000 }])
  })

  it('are told apart from those that had the name before, by an id that says nothing of them', async () => {
    const { tokens } = await from()
    const first = await tokens.create(ci)
    await tokens.revoke('ci')
    const second = await tokens.create(ci)
    expect(first.sender.id).toMatch(/^[a-z2-7]{16}$/)
    expect(second.sender.id).not.toBe(first.sender.id)
    expect(await tokens.find(first.token)).toBeUndefined()
  })

  it.each(['', 'a b', 'a:b', 'a/b', 'ä', 'x'.repeat(65)])('are not named %j', async (name) => {
    const { tokens } = await from()
    await expect(tokens.create({ ...ci, name })).rejects.toThrow(ConfigError)
    expect(await tokens.revoke(name)).toBe(false)
  })

  it('are not taken from what some file puts on all objects', async () => {
    const { tokens } = await from()
    const { token } = await tokens.create(ci)
    Object.defineProperty(Object.prototype, 'expiresAt', { value: 0, configurable: true })
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'expiresAt'))
    expect(await tokens.find(token)).toMatchObject({ name: 'ci' })
  })

  it('are listed by name, with their last use, which is written at most once a minute', async () => {
    const clock = { at: Date.UTC(2030, 0, 1) }
    const store = createMemoryStore()
    const set = vi.spyOn(store, 'set')
    const tokens = createTokens({ store, now: () => clock.at })
    const { token } = await tokens.create({ ...ci, name: 'web' })
    await tokens.create(ci)
    const written = set.mock.calls.length
    for (let second = 0; second < 150; second++) {
      const sender = await tokens.find(token)
      if (sender) tokens.noteUse(sender)
      clock.at += 1_000
    }
    expect(set.mock.calls.length - written).toBe(3)
    expect(await tokens.list()).toMatchObject([
      { name: 'ci', lastUsedAt: undefined },
      { name: 'web', lastUsedAt: Date.UTC(2030, 0, 1, 0, 2) },
    ])
    expect(JSON.stringify(await tokens.list())).not.toContain(token)
  })

  it('are used all the same where that cannot be written', async () => {
    const store = createMemoryStore()
    const tokens = createTokens({ store })
    const { token, sender } = await tokens.create(ci)
    vi.spyOn(store, 'set').mockRejectedValue(new Error('The disk is full.'))
    tokens.noteUse(sender)
    await new Promise(setImmediate)
    expect(await tokens.find(token)).toEqual(sender)
  })

  it('are not brought back by a use that is noted late', async () => {
    const { tokens } = await from()
    const { token, sender } = await tokens.create(ci)
    await tokens.revoke('ci')
    tokens.noteUse(sender)
    await new Promise(setImmediate)
    expect(await tokens.find(token)).toBeUndefined()
    expect(await tokens.list()).toEqual([])
  })

  it('cost no read while nothing changed, but for one small one now and then', async () => {
    const store = createMemoryStore()
    const get = vi.spyOn(store, 'get')
    const { token } = await createTokens({ store }).create(ci)
    const tokens = createTokens({ store, staleMs: 60_000 })
    await tokens.find(token)
    const before = get.mock.calls.length
    for (let n = 0; n < 1_000; n++) await tokens.find(token)
    expect(get.mock.calls.length).toBe(before)
  })

  it('are not looked for in the store where they cannot be tokens', async () => {
    const store = createMemoryStore()
    const get = vi.spyOn(store, 'get')
    for (const odd of ['', 'x'.repeat(1_000_000), '../token', '-'.repeat(40)])
      expect(await createTokens({ store }).find(odd)).toBeUndefined()
    expect(get).not.toHaveBeenCalled()
  })

  it('stay cached through a flood of guesses', async () => {
    const store = createMemoryStore()
    const tokens = createTokens({ store, staleMs: 60_000 })
    const { token } = await tokens.create(ci)
    await tokens.find(token)
    for (let n = 0; n < 20_000; n++) await tokens.find(String(n).padStart(40, '0'))
    const get = vi.spyOn(store, 'get')
    expect(await tokens.find(token)).toMatchObject({ name: 'ci' })
    expect(get).not.toHaveBeenCalled()
  })

  it('are found revoked by a process that was killed before it could say so', async () => {
    const store = createMemoryStore()
    const tokens = createTokens({ store, longestMs: 0 })
    const { token } = await tokens.create(ci)
    await tokens.find(token)
    for await (const [key] of store.list('notify/token/')) await store.delete(key)
    expect(await tokens.find(token)).toBeUndefined()
  })

  it('of which only the name was kept can be revoked', async () => {
    const store = createMemoryStore()
    await store.add('notify/token-name/ci', 'nothing')
    const tokens = createTokens({ store })
    expect(await tokens.revoke('ci')).toBe(true)
    await tokens.create(ci)
  })
})

async function from(open: () => Promise<Store> = async () => createMemoryStore()) {
  const store = await open()
  const tokens: Tokens = createTokens({ store })
  return { store, tokens }
}

async function openEmbedded(): Promise<Store> {
  const dir = await mkdtemp(join(tmpdir(), 'slashroom-tokens-'))
  const store = createLmdbStore(openLmdb(dir))
  onTestFinished(async () => {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  })
  return store
}

/** All that the store holds, as text. */
async function dump(store: Store): Promise<string> {
  const lines: string[] = []
  for await (const entry of store.list('')) lines.push(JSON.stringify(entry))
  return lines.join('\n')
}

function without(text: string, line: RegExp): string {
  return text
    .split('\n')
    .filter((one) => !line.test(one))
    .join('\n')
}
