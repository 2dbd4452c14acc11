import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWebhookSecret } from '../../../src/platforms/telegram/updates/secret.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { kim, ops, startTelegram, type Telegram } from '../../fixtures/telegram.js'
import { secretToken, startTelegramBot, type TelegramBot, toRequest } from './bot.js'

let server: Telegram
let bot: TelegramBot
beforeEach(async () => {
  server = await startTelegram()
  bot = startTelegramBot(server)
})
afterEach(async () => {
  await bot.close()
  await server.close()
})

const unverified = { code: 'unverified' }

describe('a webhook', () => {
  it.each([
    ['none', ''],
    ['another', 'another'],
    ['half of it', secretToken.slice(0, 5)],
    ['more than it', `${secretToken}x`],
    ['another case', secretToken.toUpperCase()],
  ])('is refused with %s of the secret', async (_, secret) => {
    await expect(bot.platform.verify(toRequest(server.typed('/ping'), secret))).rejects.toMatchObject(unverified)
  })

  it('is refused where the secret stands in the body or the query', async () => {
    const { headers: _, ...request } = toRequest({ ...server.typed('/ping'), secret_token: secretToken })
    const query = new URLSearchParams({ secret_token: secretToken })
    await expect(bot.platform.verify({ ...request, headers: {}, query })).rejects.toMatchObject(unverified)
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no update', '{"message":{}}'],
    ['a number that is none', '{"update_id":"x y"}'],
  ])('is refused with 400 where it holds %s', async (_, body) => {
    await expect(bot.platform.verify(toRequest(body))).rejects.toMatchObject({ code: 'request', status: 400 })
  })

  it.each([
    ['a message of nothing', { message: {} }],
    ['a message that is text', { message: '/ping' }],
    ['a chat without an id', { message: { message_id: 1, chat: { type: 'group' }, from: kim, text: '/ping' } }],
    ['an id that is a path', { message: { message_id: 1, chat: { id: '../1' }, from: kim, text: '/ping' } }],
    [
      'an id that is a name',
      { message: { message_id: 1, chat: { id: 'ops', type: 'group' }, from: kim, text: '/ping' } },
    ],
    ['an id beyond all numbers', { message: { message_id: 1, chat: { id: 1e300 }, from: kim, text: '/ping' } }],
    ['nobody', { message: { message_id: 1, chat: ops, text: '/ping' } }],
    ['entities that are none', { message: { message_id: 1, chat: ops, from: kim, text: 'x', entities: [1, null] } }],
    ['a press of nothing', { callback_query: {} }],
    ['a press without a message', { callback_query: { id: '1', from: kim, data: '/ping' } }],
    ['a member of nothing', { my_chat_member: { chat: null, new_chat_member: 7 } }],
  ])('is acknowledged, and asks for nothing, with %s', async (_, content) => {
    expect(await bot.hear(server.update(content))).toBeUndefined()
  })

  it('says in the log nothing of what it says, nor of the secret and the token', async () => {
    await bot.take(server.typed('/ping hush-hush'))
    await bot.platform.deliver({ kind: 'text', text: 'hush', audience: 'room' }, await bot.take(server.typed('/ping')))
    server.instead(/sendMessage/, { status: 500 })
    await expect(
      bot.platform.deliver({ kind: 'text', text: 'hush', audience: 'room' }, await bot.take(server.typed('/ping'))),
    ).rejects.toSatisfy((error) => !String(error).includes(server.botToken))
    const all = bot.lines.join()
    for (const secret of ['hush', secretToken, server.botToken]) expect(all).not.toContain(secret)
  })
})

describe('the secret that the bot makes', () => {
  const start = () => {
    const store = createMemoryStore()
    const encryptor = createEncryptor({ key: Buffer.alloc(32, 7) })
    let time = 1_000_000
    const open = () => createWebhookSecret({ store, encryptor, botId: '7', now: () => time })
    const pass = (ms: number) => {
      time += ms
    }
    return { store, open, pass }
  }
  const day = 24 * 3_600_000

  it('is the same for all processes, and is encrypted where it is kept', async () => {
    const { store, open } = start()
    const [one, other] = [open(), open()]
    const secret = await one.toTell()
    expect(secret).toMatch(/^[\w-]{64}$/)
    expect(await other.toTell()).toBe(secret)
    expect(await open().isKnown(secret)).toBe(true)
    for await (const [, value] of store.list('')) expect(JSON.stringify(value)).not.toContain(secret)
  })

  it('is none before it is made: nothing gets in', async () => {
    const { open } = start()
    for (const token of ['', 'undefined', 'null', 'x']) expect(await open().isKnown(token)).toBe(false)
  })

  it('is renewed after a month, and the old one is good until the service has been told for an hour', async () => {
    const { open, pass } = start()
    const secret = open()
    const first = await secret.toTell()
    await secret.told()
    pass(29 * day)
    expect(await secret.toTell()).toBe(first)
    pass(2 * day)
    const second = await secret.toTell()
    expect(second).not.toBe(first)
    // However long it takes to tell the service.
    pass(3 * day)
    expect([await secret.isKnown(first), await secret.isKnown(second)]).toEqual([true, true])
    await secret.told()
    pass(3_500_000)
    await secret.told()
    expect(await secret.isKnown(first)).toBe(true)
    pass(200_000)
    await secret.told()
    expect([await secret.isKnown(first), await secret.isKnown(second)]).toEqual([false, true])
    expect([await open().isKnown(first), await open().isKnown(second)]).toEqual([false, true])
  })

  it('is made anew where the key that it was encrypted with is gone', async () => {
    const { store, open } = start()
    const first = await open().toTell()
    const encryptor = createEncryptor({ key: Buffer.alloc(32, 8) })
    const secret = createWebhookSecret({ store, encryptor, botId: '7' })
    expect(await secret.isKnown(first)).toBe(false)
    expect(await secret.toTell()).not.toBe(first)
  })
})

describe('a chat', () => {
  const became = (status: string, chat: object = ops, date = 2_000_000_000) =>
    server.update({ my_chat_member: { chat, date, from: kim, new_chat_member: { status, user: { id: 4839574812 } } } })

  it('becomes an installation with its first update', async () => {
    expect(await bot.platform.isInstalled?.('-2001')).toBe(false)
    const { installation, tenant } = await bot.take(server.typed('/ping'))
    expect([installation, tenant]).toEqual(['-2001', { id: '-2001', name: 'Ops' }])
    expect(await bot.platform.isInstalled?.('-2001')).toBe(true)
  })

  it('is none any more once the bot was thrown out, or blocked, however often old news comes again', async () => {
    for (const [status, chat] of [
      ['left', ops],
      ['kicked', { id: 1001, type: 'private', first_name: 'Kim' }],
    ] as const) {
      const id = String(chat.id)
      const typed = server.typed('/ping', { chat, date: 1_900_000_000 })
      await bot.take(typed)
      expect(await bot.platform.isInstalled?.(id)).toBe(true)
      await bot.hear(became(status, chat))
      expect(await bot.platform.isInstalled?.(id)).toBe(false)
      await bot.take(typed)
      expect(await bot.platform.isInstalled?.(id)).toBe(false)
      await bot.hear(became('member', chat, 2_000_000_001))
      expect(await bot.platform.isInstalled?.(id)).toBe(true)
    }
  })

  it('stays the same installation, room and store when the group becomes a supergroup', async () => {
    const before = await bot.take(server.typed('/ping'))
    const supergroup = { id: -1009, type: 'supergroup', title: 'Ops' }
    server.chats.set(-1009, supergroup as never)
    server.moved.set(-2001, -1009)
    await bot.hear(server.update({ message: { message_id: 1, date: 1, chat: ops, migrate_to_chat_id: -1009 } }))
    await bot.hear(
      server.update({ message: { message_id: 1, date: 1, chat: supergroup, migrate_from_chat_id: -2001 } }),
    )
    await bot.hear(became('left')) // of the group that was
    const after = await bot.take(server.typed('/ping', { chat: supergroup }))
    expect([after.installation, after.tenant, after.room]).toEqual([before.installation, before.tenant, before.room])
    expect(await bot.platform.isInstalled?.('-2001')).toBe(true)
    await bot.platform.deliver({ kind: 'text', text: 'late', audience: 'room' }, before)
    expect(server.messages.map(({ chat, text }) => [chat, text])).toEqual([[-1009, 'late']])
    await bot.hear(became('kicked', supergroup))
    expect(await bot.platform.isInstalled?.('-2001')).toBe(false)
    expect(await bot.platform.isInstalled?.('-1009')).toBe(false)
  })
})
