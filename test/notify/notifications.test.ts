import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/delivery/outbox.js'
import type { Journal, JournalEntry } from '../../src/journal/journal.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { DeliveryError, NetworkError, UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { card, say } from '../../src/model/reply.js'
import { createNotifierRuntime, type NotifierRuntime } from '../../src/notify/bootstrap.js'
import type { Post } from '../../src/notify/endpoint.js'
import { createRateLimiter } from '../../src/notify/rate-limit.js'
import type { Sender } from '../../src/notify/sender.js'
import { createTokens } from '../../src/notify/tokens.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { type NotifiedRooms, startRooms } from '../fixtures/notified-rooms.js'

describe('what a sender posts', () => {
  let rooms: NotifiedRooms
  let bot: Bot
  beforeEach(async () => {
    rooms = startRooms(['1', '2', '3'])
    bot = await startBot(rooms)
  })
  afterEach(() => bot.stop())

  it('comes to its room, and the receipt says so', async () => {
    const id = await bot.post('Build 12 passed', '1')
    await expect.poll(() => rooms.shown('1')).toEqual(['Build 12 passed'])
    await expect.poll(() => bot.receipt(id)).toEqual({ id, rooms: [{ room: 'pigeon:1', state: 'delivered' }] })
  })

  it('comes to one room in order, however long the first takes, and to others meanwhile', async () => {
    const held = rooms.hold('1')
    for (const text of ['a', 'b', 'c']) await bot.post(text, '1')
    await bot.post('elsewhere', '2')
    await expect.poll(() => rooms.shown('2')).toEqual(['elsewhere'])
    expect(rooms.shown('1')).toEqual([])
    held.go()
    await expect.poll(() => rooms.shown('1')).toEqual(['a', 'b', 'c'])
  })

  it('comes to every room of an alias, each with a state of its own', async () => {
    await bot.alias('ops', ['1', 'pigeon:2', 'room 3'])
    rooms.fail('2', new DeliveryError('archived', { retry: false }))
    const held = rooms.hold('3')
    const id = await bot.post('down', 'ops')
    await expect
      .poll(async () => (await bot.receipt(id))?.rooms.map(({ room, state }) => `${room} ${state}`))
      .toEqual(['1 delivered', 'pigeon:2 refused', 'room 3 waiting'])
    held.go()
    await expect.poll(async () => (await bot.receipt(id))?.rooms.at(-1)?.state).toBe('delivered')
    expect(rooms.sent).toEqual(['1: down', '3: down'])
  })

  it('comes to a room of an alias before what the same sender posts there later', async () => {
    await bot.alias('all', ['1', '2', '3'])
    const held = rooms.hold('1')
    await bot.post('to all', 'all')
    await bot.post('to the last', '3')
    held.go()
    await expect.poll(() => rooms.shown('3')).toEqual(['to all', 'to the last'])
  })

  it('goes to all rooms of the token where none is named', async () => {
    await bot.post('everywhere', undefined, { ...ci, rooms: ['1', '3'] })
    await expect.poll(() => [...rooms.sent].sort()).toEqual(['1: everywhere', '3: everywhere'])
  })

  it('goes to the rooms that are named, with those of an alias, each once', async () => {
    await bot.alias('ops', ['pigeon:1', 'pigeon:2'])
    const id = await bot.post('to two', undefined, ci, { rooms: ['room 1', 'ops', '1'] })
    await expect.poll(() => [...rooms.sent].sort()).toEqual(['1: to two', '2: to two'])
    expect((await bot.receipt(id))?.rooms.map(({ room }) => room)).toEqual(['pigeon:1', 'pigeon:2'])
  })

  it('goes once to a room that a token has by its id, and by its name in an alias', async () => {
    await bot.alias('ops', ['room 1', '2'])
    const id = await bot.post('once', undefined, { ...ci, rooms: ['ops', '1', '3'] })
    await expect.poll(() => [...rooms.sent].sort()).toEqual(['1: once', '2: once', '3: once'])
    expect((await bot.receipt(id))?.rooms.map(({ room }) => room)).toEqual(['room 1', '2', 'pigeon:3'])
  })

  it("goes to none of the rooms that are named where one is unknown, or not the token's", async () => {
    const named = { rooms: ['1', 'nowhere'] }
    await expect(bot.post('x', undefined, ci, named)).rejects.toMatchObject({ reason: 'unknown-room' })
    const both = bot.post('x', undefined, { ...ci, rooms: ['1'] }, { rooms: ['1', '2'] })
    await expect(both).rejects.toMatchObject({ reason: 'room-not-allowed' })
    expect(rooms.sent).toEqual([])
  })

  it('goes to the rooms that have the bot to themselves where the token is for all, and none is named', async () => {
    const own = startRooms(['7', '8', '9'], 'owl', ['7', '9'])
    const other = await startBot(own, startRooms(['1']))
    await other.post('everywhere', undefined)
    await expect.poll(() => [...own.sent].sort()).toEqual(['7: everywhere', '9: everywhere'])
    expect((await other.notifications.notifier.listRooms(ci)).map(({ address }) => address)).toEqual(['owl:7', 'owl:9'])
    await other.stop()
    await expect(bot.post('nowhere', undefined)).rejects.toMatchObject({ status: 400 })
  })

  it('is tried again through what passes, and posted once', async () => {
    rooms.fail('1', new NetworkError('reset', 'connect'), new DeliveryError('busy', { retry: true, retryAfterMs: 1 }))
    await bot.post('at last', '1')
    await expect.poll(() => rooms.shown('1')).toEqual(['at last'])
  })

  it('is followed by what a card has no room for', async () => {
    const text = `${'a'.repeat(100)} and the rest`
    await bot.post('', '1', ci, { reply: { ...card({ title: 'Build 12', text }), from: 'Jenkins' } })
    await expect.poll(() => rooms.shown('1')).toHaveLength(2)
    expect(rooms.shown('1')[0]).toContain('Jenkins: Build 12')
    expect(rooms.shown('1')[1]).toBe('and the rest')
  })

  it('is split where it is too long for the platform', async () => {
    await bot.post(`${'a'.repeat(900)}\n${'b'.repeat(900)}`, '1')
    await expect.poll(() => rooms.shown('1').map((text) => text[0])).toEqual(['a', 'b'])
  })
})

describe('news under a key', () => {
  it('takes the place of what was posted under it before, by the same sender in the same room', async () => {
    const rooms = startRooms(['1', '2'])
    const bot = await startBot(rooms)
    await bot.post('down', '1', ci, { key: 'alert' })
    await expect.poll(() => rooms.shown('1')).toEqual(['down'])
    await bot.post('down', '2', ci, { key: 'alert' })
    await bot.post('of another', '1', { ...ci, id: 'other' }, { key: 'alert' })
    await bot.post('up again', '1', ci, { key: 'alert' })
    await expect.poll(() => rooms.shown('1').length).toBe(2)
    await expect.poll(() => rooms.shown('1')).toEqual(['up again', 'of another'])
    await expect.poll(() => rooms.shown('2')).toEqual(['down'])
    await bot.stop()
  })

  it('changes what still waits, which is then posted once', async () => {
    const rooms = startRooms(['1'])
    const bot = await startBot(rooms)
    const held = rooms.hold('1')
    await bot.post('first', '1')
    const ids = [await bot.post('down', '1', ci, { key: 'alert' }), await bot.post('up', '1', ci, { key: 'alert' })]
    held.go()
    await expect.poll(() => rooms.shown('1')).toEqual(['first', 'up'])
    for (const id of ids)
      await expect.poll(async () => (await bot.receipt(id ?? ''))?.rooms[0]?.state).toBe('delivered')
    expect(rooms.sent).toHaveLength(2)
    await bot.stop()
  })
})

describe('a room that is written', () => {
  let bot: Bot
  beforeEach(async () => {
    bot = await startBot(startRooms(['1', '2']), startRooms(['2', '7'], 'owl'))
  })
  afterEach(() => bot.stop())

  it.each(['1', '#1', 'pigeon:1', 'Room 1', 'ROOM+1', 'pigeon:home/1'])('may be written as %s', async (written) => {
    await bot.post('hello', written)
  })

  it('is unknown whatever the token is, where no installation has it', async () => {
    await expect(bot.post('hello', 'nowhere', { ...ci, rooms: ['1'] })).rejects.toMatchObject({ status: 404 })
  })

  it('is refused where it is not the token’s', async () => {
    await expect(bot.post('hello', '7', { ...ci, rooms: ['1'] })).rejects.toMatchObject({ status: 403 })
    await bot.alias('both', ['1', '7'])
    await expect(bot.post('hello', 'both', { ...ci, rooms: ['1'] })).rejects.toMatchObject({ status: 403 })
    await bot.post('hello', 'both', { ...ci, rooms: ['both'] })
    await bot.post('hello', 'owl:7', { ...ci, rooms: ['both'] })
  })

  it('is asked to be told apart where it is several', async () => {
    const refused = expect(bot.post('hello', '2')).rejects
    await refused.toMatchObject({ status: 409, message: expect.stringMatching(/pigeon:2 .*owl:2 /) })
  })
})

describe('an Idempotency-Key', () => {
  it('posts once, and refuses another body', async () => {
    const rooms = startRooms(['1'])
    const bot = await startBot(rooms)
    const once = { idempotencyKey: 'run 12', fingerprint: 'a' }
    const ids = await Promise.all([bot.post('x', '1', ci, once), bot.post('x', '1', ci, once)])
    expect(ids[0]).toBe(ids[1])
    expect(await bot.post('x', '1', ci, once)).toBe(ids[0])
    await expect(bot.post('y', '1', ci, { ...once, fingerprint: 'b' })).rejects.toMatchObject({ status: 409 })
    await expect.poll(() => rooms.sent).toEqual(['1: x'])
    await bot.stop()
  })

  it('is posted when it is tried again, where it could not be written down the first time', async () => {
    const rooms = startRooms(['1'])
    const journal = createMemoryJournal()
    let down = true
    const accept: Journal['accept'] = (...given) =>
      down ? Promise.reject(new UnavailableError('down', 1)) : journal.accept(...given)
    const bot = await startBotOn({ ...journal, accept }, rooms)
    const once = { idempotencyKey: 'run 12', fingerprint: 'a' }
    await expect(bot.post('x', '1', ci, once)).rejects.toThrow('down')
    down = false
    await bot.post('x', '1', ci, once)
    await expect.poll(() => rooms.sent).toEqual(['1: x'])
    await bot.stop()
  })
})

describe('many notifications', () => {
  it('are bounded for a sender, who is told, and hold up nobody else', async () => {
    const rooms = startRooms(['1', '2'])
    const bot = await startBot(rooms)
    const held = rooms.hold('1')
    for (let n = 0; n < 1_000; n++) await bot.post(String(n), '1')
    const refused = { status: 429, headers: { 'X-Ratelimit-Remaining': '0', 'retry-after': '5' } }
    await expect(bot.post('too much', '1')).rejects.toMatchObject(refused)
    await bot.post('hello', '2', { ...ci, id: 'other' })
    await expect.poll(() => rooms.shown('2')).toEqual(['hello'])
    held.go()
    await expect.poll(() => rooms.shown('1').length).toBe(1_000)
    await bot.post('again', '1')
    await bot.stop()
  })

  it('to rooms that always fail do not hold up those of another sender', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `r${n}`)
    const rooms = startRooms([...ids, 'healthy'])
    const bot = await startBot(rooms)
    const busy = () => new DeliveryError('busy', { retry: true, retryAfterMs: 1 })
    for (const id of ids) rooms.fail(id, ...Array.from({ length: 10_000 }, busy))
    await Promise.all(Array.from({ length: 500 }, (_, n) => bot.post(String(n), ids[n % 50])))
    await expect.poll(() => rooms.attempts.length).toBeGreaterThan(100)
    const before = rooms.attempts.length
    await bot.post('hello', 'healthy', { ...ci, id: 'other' })
    await expect.poll(() => rooms.sent).toEqual(['healthy: hello'])
    expect(rooms.attempts.indexOf('healthy') - before).toBeLessThan(200)
    await bot.stop()
  })

  it('for a thousand rooms are sent some at a time, with room for another sender’s in between', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `r${n}`)
    const rooms = startRooms([...ids, 'other'])
    const bot = await startBot(rooms)
    await bot.alias('everyone', ids)
    await bot.post('news', 'everyone')
    await expect.poll(() => rooms.sent.length).toBeGreaterThan(20)
    await bot.post('quick', 'other', { ...ci, id: 'other' })
    await expect.poll(() => rooms.sent.length).toBe(1_001)
    expect(rooms.sent.indexOf('other: quick')).toBeLessThan(900)
    expect(rooms.load.most).toBeLessThanOrEqual(32)
    await expect.poll(() => bot.notifications.queue.open()).toEqual({ waiting: 0, running: 0 })
    await bot.stop()
  })
})

interface Bot {
  readonly notifications: NotifierRuntime
  post(text: string, room: string | undefined, sender?: Sender, more?: Partial<Post>): Promise<string>
  receipt(id: string): ReturnType<NotifierRuntime['notifier']['findReceipt']>
  alias(name: string, rooms: readonly string[]): Promise<void>
  stop(): Promise<void>
}

const startBot = (...services: readonly NotifiedRooms[]) => startBotOn(createMemoryJournal(), ...services)

async function startBotOn(journal: Journal, ...services: readonly NotifiedRooms[]): Promise<Bot> {
  const store = createMemoryStore()
  const stopping = new AbortController()
  const log = silentLogger
  const platforms = services.map(({ platform }) => platform)
  const outbox = createOutbox({ log })
  const parts = {
    store,
    journal,
    platforms,
    outbox,
    log,
    hooks: { find: () => undefined },
    tokens: createTokens({ store }),
    rates: createRateLimiter(),
    env: {},
    warn() {},
    auditDays: 1,
    signal: stopping.signal,
  }
  const notifications = createNotifierRuntime(parts)
  await journal.recover({ take: (entry: JournalEntry) => notifications.queue.take(entry), capacity: () => 1_000 })
  notifications.start()
  const { notifier } = notifications
  return {
    notifications,
    post: async (text, room, sender = ci, more = {}) =>
      (await notifier.post(sender, { room, reply: say(text), fingerprint: text, ...more })).id,
    receipt: (id) => notifier.findReceipt(ci, id),
    alias: async (name, rooms) => void (await notifications.aliases.set(name, rooms)),
    async stop() {
      stopping.abort()
      await notifications.queue.stop(100)
      outbox.stop()
      await journal.close()
    },
  }
}

const ci: Sender = { id: 'ci', name: 'ci', kind: 'post', rooms: 'all', mentions: false, rate: undefined }
