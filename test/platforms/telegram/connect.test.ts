import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import type { Verified } from '../../../src/platforms/platform.js'
import { createApi } from '../../../src/platforms/telegram/api.js'
import { createOwnName } from '../../../src/platforms/telegram/chats/own-name.js'
import { createConnect } from '../../../src/platforms/telegram/connect.js'
import { createWebhookSecret } from '../../../src/platforms/telegram/updates/secret.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { startTelegram, type Telegram } from '../../fixtures/telegram.js'
import { type BotOptions, startTelegramBot, type TelegramBot } from './bot.js'

let server: Telegram
const open: TelegramBot[] = []
const holding: AbortController[] = []
beforeEach(async () => {
  server = await startTelegram()
})
afterEach(async () => {
  for (const one of holding.splice(0)) one.abort()
  for (const one of open.splice(0)) await one.close()
  await server.close()
})

/** Connects, and gives what was taken in. */
function connect(options: BotOptions, journal: (id: string) => void | Promise<void> = () => {}) {
  const bot = startTelegramBot(server, options)
  open.push(bot)
  const stop = new AbortController()
  holding.push(stop)
  const taken: string[] = []
  let stands = 0
  const accept = async (verified: Verified) => {
    const { ack, invocation } = bot.platform.decode(verified)
    if (invocation) {
      await journal(invocation.id)
      taken.push(invocation.text)
    }
    return ack
  }
  const ended =
    bot.platform.connect?.(accept, stop.signal, () => void stands++) ?? Promise.reject(new Error('no way in'))
  ended.catch(() => undefined)
  return { bot, stop, taken, ended, stands: () => stands }
}

const webhook = { baseUrl: 'https://bot.example.com' }
const polling = { baseUrl: 'http://localhost:3000' }
const own = { env: { TELEGRAM_SECRET_TOKEN: '' } }

describe('a bot with an https address', () => {
  it('tells the service where to post, with a secret that it made', async () => {
    const { stands, bot } = connect({ ...webhook, ...own })
    await expect.poll(stands).toBe(1)
    expect(server.webhook.url).toBe('https://bot.example.com/telegram/webhook')
    expect(server.webhook.secret).toMatch(/^[\w-]{64}$/)
    expect(server.webhook.allowed).toEqual(['message', 'callback_query', 'my_chat_member'])
    expect(bot.lines.join()).not.toContain(server.webhook.secret)
  })

  it('uses the operator’s secret where there is one, and the same again in another process', async () => {
    const { stands } = connect(webhook)
    await expect.poll(stands).toBe(1)
    expect(server.webhook.secret).toBe('a-secret_token')
    const store = createMemoryStore()
    const first = connect({ ...webhook, ...own, store })
    await expect.poll(first.stands).toBe(1)
    const { secret } = server.webhook
    const second = connect({ ...webhook, ...own, store })
    await expect.poll(second.stands).toBe(1)
    expect(server.webhook.secret).toBe(secret)
  })

  it('leaves the webhook as it is when it stops', async () => {
    const { stands, stop, ended } = connect(webhook)
    await expect.poll(stands).toBe(1)
    stop.abort()
    await ended
    expect(server.webhook.url).toBe('https://bot.example.com/telegram/webhook')
  })

  it('sets it again where somebody has taken it away, and with another secret where that is old', async () => {
    const { request, close } = createHttpClient()
    const api = createApi({ botToken: server.botToken, apiUrl: server.url, request })
    const [store, stop, lines] = [createMemoryStore(), new AbortController(), [] as string[]]
    holding.push(stop)
    let time = 0
    const secret = createWebhookSecret({ store, botId: '7', now: () => time })
    const never = () => Promise.reject(new Error('nothing comes by this way'))
    const warn = (_: object, message: string) => void lines.push(message)
    const log = { ...silentLogger, warn }
    const deps = {
      ...webhook,
      api,
      secret,
      log,
      ownName: createOwnName({ api, store, botId: '7' }),
      checkMs: 20,
      readVerified: never,
    }
    const ended = createConnect(deps)(never, stop.signal, () => {})
    await expect.poll(() => server.webhook.url).not.toBe('')
    server.webhook.url = 'https://elsewhere.example.com/'
    await expect.poll(() => server.webhook.url).toBe('https://bot.example.com/telegram/webhook')
    expect(lines).toEqual(['the webhook was changed or removed: setting it again'])
    const { secret: first } = server.webhook
    time = 31 * 24 * 3_600_000
    await expect.poll(() => server.webhook.secret).not.toBe(first)
    stop.abort()
    await ended
    await close()
  })

  it('says once what is wrong where the service does not take the address', async () => {
    const { ended } = connect({ baseUrl: 'https://bot.example.com:3000' })
    await expect(ended).rejects.toMatchObject({ code: 'connection', slow: true })
  })

  it('says once what is wrong where the token is not good, and not what it is', async () => {
    const { ended } = connect({ ...webhook, env: { TELEGRAM_BOT_TOKEN: `1:${'x'.repeat(35)}` } })
    await expect(ended).rejects.toMatchObject({
      code: 'connection',
      slow: true,
      message: expect.stringContaining('401'),
    })
    await expect(ended).rejects.not.toThrow(/xxx/)
  })

  it('tries again soon where the service is down', async () => {
    server.instead(/setWebhook/, { status: 502 })
    await expect(connect(webhook).ended).rejects.toMatchObject({ code: 'connection', slow: false })
    server.instead(/setWebhook/, { status: 0, cut: true })
    await expect(connect(webhook).ended).rejects.toMatchObject({ code: 'connection', slow: false })
  })
})

describe('a bot without one', () => {
  it('asks, in order, and has forgotten over there what it has kept', async () => {
    for (const text of ['/one', '/two', 'talk']) server.queue(server.typed(text))
    const { taken, stands, stop, ended } = connect(polling)
    await expect.poll(stands).toBe(1)
    server.queue(server.typed('/three'))
    await expect.poll(() => taken).toEqual(['/one', '/two', '/three'])
    stop.abort()
    await ended
    expect(server.pending).toEqual([])
  })

  it('has forgotten over there what it kept last before it stops', async () => {
    const update = server.typed('/one')
    const { stop, ended, stands } = connect(polling, () => stop.abort())
    await expect.poll(stands).toBe(1)
    server.queue(update)
    await ended
    expect(server.pending).toEqual([])
  })

  it('takes away a webhook that stands, and what waited for it is told once', async () => {
    const store = createMemoryStore()
    const seen = new Set<string>()
    const once = (id: string) => {
      if (seen.has(id)) throw new Error('it came twice')
      seen.add(id)
    }
    server.webhook.url = 'https://bot.example.com/telegram/webhook'
    const { taken, stands } = connect({ ...polling, store }, once)
    await expect.poll(stands).toBe(1)
    expect(server.webhook.url).toBe('')
    server.queue(server.typed('/one'))
    await expect.poll(() => taken).toEqual(['/one'])
  })

  it('has the same id for an update by either way', async () => {
    const update = server.typed('/one')
    const ids: string[] = []
    const { taken, bot } = connect(polling, (id) => void ids.push(id))
    server.queue(update)
    await expect.poll(() => taken).toEqual(['/one'])
    expect([(await bot.take(update)).id]).toEqual(ids)
  })

  it('asks again for what could not be kept, and for all behind it', async () => {
    for (const text of ['/one', '/two', '/three']) server.queue(server.typed(text))
    let count = 0
    const fails = () => {
      if (++count === 2) throw new Error('the disk is full')
    }
    const first = connect(polling, fails)
    await expect(first.ended).rejects.toThrow('the disk is full')
    expect(first.taken).toEqual(['/one'])
    expect(server.pending).toHaveLength(3) // nothing is confirmed but by the next question
    const second = connect(polling)
    await expect.poll(() => second.taken).toEqual(['/one', '/two', '/three'])
  })

  it('answers each press', async () => {
    server.queue(server.pressed('/one'))
    server.queue(server.pressed('gone'))
    const { taken } = connect(polling)
    await expect.poll(() => [...server.presses.values()].filter(({ answered }) => answered)).toHaveLength(2)
    expect(taken).toEqual(['/one'])
  })

  it('goes on where a press was too old to be answered', async () => {
    server.queue(server.pressed('/one'))
    server.queue(server.typed('/two'))
    server.instead(/answerCallbackQuery/, { status: 400, body: { ok: false, error_code: 400, description: 'too old' } })
    const { taken } = connect(polling)
    await expect.poll(() => taken).toEqual(['/one', '/two'])
  })

  it('asks all the same where what stands in for the service has no webhooks and no name for it', async () => {
    for (const method of [/deleteWebhook/, /getMe/]) server.instead(method, { status: 404, body: { ok: false } })
    server.queue(server.typed('/one'))
    const { taken } = connect(polling)
    await expect.poll(() => taken).toEqual(['/one'])
  })

  it('says once what is wrong where the service knows no such bot', async () => {
    const { ended } = connect({ ...polling, env: { TELEGRAM_BOT_TOKEN: '1:short' } })
    await expect(ended).rejects.toMatchObject({
      code: 'connection',
      slow: true,
      message: expect.stringContaining('404'),
    })
  })

  it('passes over an update that it cannot read', async () => {
    server.queue({ update_id: 700.5 } as never)
    server.queue(server.update({ message: 'x' }))
    server.queue(server.typed('/two'))
    const { taken } = connect(polling)
    await expect.poll(() => taken).toEqual(['/two'])
  })

  it('says what is wrong where somebody else asks with the same token, and asks again', async () => {
    const first = connect(polling)
    await expect.poll(first.stands).toBe(1)
    await expect.poll(() => server.calls(/getUpdates/).length).toBe(2)
    connect(polling)
    await expect(first.ended).rejects.toMatchObject({ code: 'connection', slow: false, message: /another program/ })
  })

  it('does not ask without a pause where the service answers at once', async () => {
    for (let n = 0; n < 100; n++) server.instead(/getUpdates/, { status: 200, body: { ok: true, result: [] } })
    const { stands } = connect(polling)
    await expect.poll(stands).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(server.calls(/getUpdates/).length).toBeLessThanOrEqual(3)
  })
})
