import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asDeliveryError } from '../../../src/delivery/retry-rule.js'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, say } from '../../../src/model/reply.js'
import { readPause } from '../../../src/platforms/hipchat/retry-exceptions.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { type Client, type HipChat, roomMessage, startHipChat } from '../../fixtures/hipchat.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat deliver', () => {
  let server: HipChat
  let bot: HipChatBot
  let client: Client
  let asked: Invocation

  beforeAll(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
  })
  beforeEach(async () => {
    client = await installClient(bot, server, { roomId: 40 })
    asked = await ask(client)
    server.received.length = 0
    server.notifications.length = 0
  })
  afterAll(async () => {
    await bot.close()
    await server.close()
  })

  const ask = async (from: Client) => {
    const { invocation } = await enter(bot.platform, toRequest(from, roomMessage(from, '/ping')))
    if (!invocation) throw new Error('nothing asked')
    return invocation
  }
  const deliver = (text = 'pong', to = asked) => bot.platform.deliver(say(text), to)
  const failure = async (to = asked) =>
    await deliver('pong', to).then(
      () => 'delivered',
      (error: unknown) => asDeliveryError(error), // as the outbox does
    )
  const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1_000) + seconds)

  it('posts to the asking room, attached to the asking message, with a token for just that', async () => {
    await deliver()
    await bot.platform.deliver(card({ title: 'Done', fields: [{ label: 'a', value: 'b' }] }), asked)
    const { messageId } = asked.replyTo as { messageId: string }
    expect(server.notifications).toMatchObject([
      { room: '40', body: { message: 'pong', attach_to: messageId } },
      { room: '40', body: { card: { title: 'Done' } } },
    ])
    expect(new URLSearchParams(server.calls(/token/)[0]?.body).get('scope')).toBe('send_notification')
  })

  it('asks for one token, however many replies go out at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => deliver(`${at}`)))
    expect(server.notifications).toHaveLength(20)
    expect(server.calls(/token/)).toHaveLength(1)
  })

  it('renews a refused token once for all, and repeats', async () => {
    await deliver()
    server.revokeTokens()
    await Promise.all(Array.from({ length: 10 }, () => deliver()))
    expect(server.notifications).toHaveLength(11)
    expect(server.calls(/token/)).toHaveLength(2)
  })

  it('keeps trying where the server refuses even a fresh token', async () => {
    server.instead(/notification/, { status: 401 }, 2)
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true } })
    expect(await failure()).toBe('delivered')
  })

  it('takes an installation for removed when the server refuses its secret, twice and for any scope', async () => {
    await deliver()
    await bot.store.set(`webhook/hipchat/${client.oauthId}/40`, 'x')
    server.removeClient(client)
    server.received.length = 0
    // Bringing the room's webhook up to date asks for tokens of its own, in its own time.
    const asked = () => server.calls(/token/).filter(({ body }) => body.includes('send_notification'))
    const askedForAny = () => server.calls(/token/).filter(({ body }) => !body.includes('scope'))
    expect(await failure()).toMatchObject({ message: 'uninstalled', retryAdvice: { retry: false, uninstalled: true } })
    expect(await bot.installations.find('hipchat', client.oauthId)).toBeUndefined()
    expect(asked()).toHaveLength(1)
    expect(askedForAny().length).toBeGreaterThan(0)
    const left = async () => {
      const keys: string[] = []
      for await (const [key] of bot.store.list('')) keys.push(key)
      return keys.filter((key) => key.includes(client.oauthId))
    }
    await expect.poll(left).toEqual([])
    expect(await failure()).toMatchObject({ retryAdvice: { retry: false } })
    expect(asked()).toHaveLength(1)
  })

  it('keeps an installation that is only refused the scope, or whose token endpoint stumbles', async () => {
    server.instead(/token/, { status: 401 })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: false } })
    server.instead(/token/, { status: 503 })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true } })
    server.instead(/token/, { body: '{"access', cut: true })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true } })
    expect(await bot.installations.find('hipchat', client.oauthId)).toBeDefined()
    expect(await failure()).toBe('delivered')
  })

  it('waits with the whole installation until the reset that 429 names', async () => {
    server.instead(/notification/, {
      status: 429,
      headers: { 'x-ratelimit-reset': inSeconds(300), 'x-ratelimit-remaining': '0' },
    })
    const first = await failure()
    expect(first).toMatchObject({ retryAdvice: { retry: true, installationWide: true } })
    const { retryAfterMs } = (first as { retryAdvice: { retryAfterMs: number } }).retryAdvice
    expect(retryAfterMs).toBeGreaterThan(200_000)
    expect(retryAfterMs).toBeLessThanOrEqual(301_000)
    const sent = server.received.length
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true, installationWide: true } })
    expect(server.received).toHaveLength(sent)
    expect(await failure(await ask(await installClient(bot, server, { roomId: 40 })))).toBe('delivered')
  })

  it('reads the reset by the clock of the server', async () => {
    const date = new Date(Date.now() - 86_400_000)
    const reset = String(Math.floor(date.getTime() / 1_000) + 20)
    server.instead(/notification/, { status: 429, headers: { date: date.toUTCString(), 'x-ratelimit-reset': reset } })
    const { retryAfterMs } = ((await failure()) as { retryAdvice: { retryAfterMs: number } }).retryAdvice
    expect(Math.abs(retryAfterMs - 20_000)).toBeLessThan(2_000)
  })

  it('takes of limits that a proxy told once more the longest', () => {
    const date = new Date().toUTCString()
    const [reset, later] = [20, 40].map((seconds) => String(Math.floor(Date.parse(date) / 1_000) + seconds))
    const headers = {
      date: `${date}, ${date}`,
      'x-ratelimit-remaining': '0, 0',
      'x-ratelimit-reset': `${reset}, ${later}`,
    }
    expect(readPause({ status: 204, headers, body: '' })).toEqual({ ms: 40_000, wide: true })
  })

  it('never waits for years, whatever it is told', async () => {
    server.instead(/notification/, { status: 429, headers: { 'retry-after': '99999999' } })
    expect(await failure()).toMatchObject({ retryAdvice: { retryAfterMs: 600_000 } })
  })

  it('stops of itself when the last free call succeeded', async () => {
    server.instead(/notification/, {
      status: 204,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(30) },
    })
    expect(await failure()).toBe('delivered')
    const sent = server.received.length
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true, installationWide: true } })
    expect(server.received).toHaveLength(sent)
  })

  it('holds only the room that is flooded', async () => {
    const group = await installClient(bot, server)
    const here = await ask(group)
    const headers = {
      'x-ratelimit-remaining': '90',
      'x-floodcontrol-remaining': '0',
      'x-floodcontrol-reset': inSeconds(20),
    }
    server.instead(/notification/, { status: 429, headers })
    expect(await failure(here)).toMatchObject({ retryAdvice: { retry: true, installationWide: false } })
    expect(await failure(here)).toMatchObject({ retryAdvice: { retry: true, installationWide: false } })
    expect(await failure({ ...here, replyTo: { roomId: '41' } })).toBe('delivered')
  })

  it('knows what trying again cannot mend', async () => {
    for (const status of [400, 403, 404, 410, 302]) {
      server.instead(/notification/, { status })
      expect(await failure()).toMatchObject({ retryAdvice: { retry: false } })
    }
    server.instead(/notification/, { status: 502 })
    server.instead(/notification/, { status: 200, body: 'x', cut: true })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true } })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true } })
  })

  it('waits for a store that cannot be reached', async () => {
    const { get } = bot.store
    Object.assign(bot.store, { get: () => Promise.reject(new Error('down')) })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: true } })
    Object.assign(bot.store, { get })
    expect(await failure()).toBe('delivered')
  })

  it('says nothing a second time because the answer was too long to read', async () => {
    server.instead(/notification/, { status: 200, body: 'x'.repeat(1_100_000) })
    expect(await failure()).toMatchObject({ retryAdvice: { retry: false } })
  })

  it('says nothing of tokens, secrets or texts in its errors', async () => {
    server.instead(/notification/, { status: 404, body: { error: { message: 'pong' } } })
    const error = await failure()
    expect(`${error} ${JSON.stringify(error)} ${bot.lines.join()}`).not.toMatch(/pong|Bearer/)
    expect(bot.lines.join()).not.toContain(client.oauthSecret)
  })
})
