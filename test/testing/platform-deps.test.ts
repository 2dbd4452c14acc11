import { describe, expect, it } from 'vitest'
import { command } from '../../src/model/command.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { createPlatformDeps } from '../../src/testing/platform-contract.js'

describe('The parts that a platform of one’s own is tried with', () => {
  it('are those that a bot gives', async () => {
    const ping = command({ summary: 'Checks that the bot is running', run() {} })
    const parts = createPlatformDeps({ commands: { ping }, baseUrl: 'https://my.example.com' })
    expect(parts.catalog.list()).toEqual([{ name: 'ping', names: ['ping'], command: ping }])
    expect(parts.baseUrl).toBe('https://my.example.com')
    const installation = { id: 'a', platform: 'irc', tenant: { id: 'a' }, details: {}, secrets: { token: 'hush' } }
    await parts.installations.save(installation)
    expect(await parts.installations.find('irc', 'a')).toEqual(installation)
    for await (const [, kept] of parts.store.list('')) expect(JSON.stringify(kept)).not.toContain('hush')
    await expect(parts.request('http://127.0.0.1:9/')).rejects.toMatchObject({ fault: 'address' })
    await parts.close()
  })

  it('leave a store that was given open', async () => {
    const store = createMemoryStore()
    await createPlatformDeps({ store }).close()
    await expect(store.set('a', 1)).resolves.toBeUndefined()
    await store.close()
  })
})
