import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCommandTokens } from '../../src/notify/command-tokens.js'
import { createRateLimiter } from '../../src/notify/rate-limit.js'
import { createTokens, type TokenRequest } from '../../src/notify/tokens.js'
import { createEncryptor } from '../../src/stores/encryption.js'
import { createMemoryStore } from '../../src/stores/memory.js'

/** The tokens of a store, one of which was just made. */
async function withToken(changes: Partial<TokenRequest> = {}) {
  const store = createMemoryStore()
  const tokens = createTokens({ store, encryptor: createEncryptor({ key: randomBytes(32) }), staleMs: 0 })
  const made = await tokens.create({ name: 'dice', kind: 'command', rooms: ['ops'], ...changes })
  return { ...made, tokens, store, commandTokens: createCommandTokens({ tokens, rates: createRateLimiter() }) }
}

describe('the tokens that commands are posted with', () => {
  it('are found by themselves and by their id, until they are revoked', async () => {
    const replyTo = 'https://chat.example.com/v2/room/42/notification?auth_token=x'
    const { token, sender, tokens, commandTokens } = await withToken({ replyTo })
    const known = { id: sender.id, name: 'dice', room: 'ops', replyTo }
    expect(await commandTokens.find(token)).toEqual(known)
    expect(await commandTokens.findById(sender.id)).toEqual(known)
    await tokens.revoke('dice')
    expect(await commandTokens.find(token)).toBeUndefined()
    expect(await commandTokens.findById(sender.id)).toBeUndefined()
  })

  it('stand in the store without the address that results go to, which holds a token of another’s', async () => {
    const { store } = await withToken({ replyTo: 'https://chat.example.com/v2/room/42/notification?auth_token=x' })
    const stored: unknown[] = []
    for await (const [, value] of store.list('notify/token/')) stored.push(value)
    expect(stored).toHaveLength(1)
    expect(JSON.stringify(stored)).not.toMatch(/chat\.example|auth_token/)
  })

  it('are none that posts are made with', async () => {
    const { token, sender, commandTokens } = await withToken({ kind: 'post' })
    expect(await commandTokens.find(token)).toBeUndefined()
    expect(await commandTokens.findById(sender.id)).toBeUndefined()
  })

  it('are none that has expired', async () => {
    const { token, sender, commandTokens } = await withToken({ expires: 1 })
    await expect.poll(() => commandTokens.findById(sender.id)).toBeUndefined()
    expect(await commandTokens.find(token)).toBeUndefined()
  })

  it.each([
    ['#ops', 'ops'],
    ['hipchat:42', '42'],
    ['hipchat:7/42', '42'],
    ['Ops Room', 'Ops Room'],
  ])('for %s are for the room %s', async (written, room) => {
    const { token, commandTokens } = await withToken({ rooms: [written] })
    expect(await commandTokens.find(token)).toMatchObject({ room })
  })

  it('note that they were used', async () => {
    const { token, tokens, commandTokens } = await withToken()
    await commandTokens.find(token)
    await expect.poll(async () => (await tokens.list())[0]?.lastUsedAt).toBeGreaterThan(0)
  })
})
