import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import { createOwnWorkspace } from '../../../src/platforms/slack/app/workspaces.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { botToken, type Slack, startSlack } from '../../fixtures/slack.js'

describe('the one workspace of a bot token', () => {
  let far: Slack
  const { request, close } = createHttpClient()
  const store = createMemoryStore()
  let now = 0
  beforeEach(async () => {
    far = await startSlack()
  })
  afterEach(async () => {
    await far.close()
    for await (const [key] of store.list('')) await store.delete(key)
    await close()
  })
  const start = (by = request) =>
    createOwnWorkspace({
      botToken,
      request: by,
      store,
      log: silentLogger,
      now: () => now,
      settings: { apiUrl: far.apiUrl, atApi: (call) => call(far.apiUrl), named: () => true },
    })
  const first = { teamId: 'T0001', orgWide: false }
  const other = { teamId: 'T0002', orgWide: false }

  it('is asked for once, and all others are refused', async () => {
    const own = start()
    const found = await Promise.all([own.find(first), own.find(other), own.find({ orgWide: false }), own.get('T0001')])
    expect(found.map((one) => one?.id)).toEqual(['T0001', undefined, undefined, 'T0001'])
    expect(found[0]).toMatchObject({
      tenant: { name: 'Example' },
      details: { botUserId: 'UBOT' },
      secrets: { botToken },
    })
    expect(await own.get('T0002')).toBeUndefined()
    expect(far.calls(/auth.test/)).toHaveLength(1)
  })

  it('is the one that Slack named last, while Slack does not answer', async () => {
    await start().find(first)
    far.instead(/auth.test/, { status: 503 }, 9)
    const own = start()
    expect(await own.find(other)).toBeUndefined()
    expect(await own.find(first)).toMatchObject({ id: 'T0001', secrets: { botToken } })
    expect(await own.get('T0001')).toMatchObject({ id: 'T0001' })
    expect(far.calls(/auth.test/)).toHaveLength(2)
  })

  it('is the first to call where Slack never named one, until Slack does', async () => {
    far.instead(/auth.test/, { body: { ok: true } })
    const own = start()
    expect(await own.find(other)).toMatchObject({ id: 'T0002' })
    expect(await own.find(first)).toBeUndefined()
    now += 10_001
    expect(await own.find(other)).toBeUndefined()
    expect(await own.find(first)).toMatchObject({ id: 'T0001' })
  })

  it('is nobody with a token that Slack does not take', async () => {
    far.tokens.clear()
    const own = start()
    await expect(own.find(first)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(own.get('T0001')).rejects.toMatchObject({ code: 'delivery', retryAdvice: { retry: false } })
  })

  it('keeps nobody waiting longer than a command can', async () => {
    far.instead(/auth.test/, { delayMs: 120_000, body: { ok: true, team_id: 'T0002' } })
    const limits: (number | undefined)[] = []
    const own = start((url, options) => {
      limits.push(options?.timeoutMs)
      return request(url, options)
    })
    expect(await own.find(first)).toMatchObject({ id: 'T0001' })
    expect(limits).toEqual([2_000])
  })
})
