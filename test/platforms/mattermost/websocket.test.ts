import { afterEach, describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/model/errors.js'
import type { Invocation } from '../../../src/model/invocation.js'
import { say } from '../../../src/model/reply.js'
import type { Accept } from '../../../src/platforms/platform.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import { type Mattermost, newId, startMattermost } from '../../fixtures/mattermost.js'
import { startMattermostBot } from './bot.js'

describe('Mattermost’s websocket', () => {
  const endings: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  it('brings what people type after a sign, and to the bot by its name', async () => {
    const { server, texts } = await connect()
    const lines = ['!deploy status', '@slashroom deploy status', '@Slashroom: /deploy', ' @slashroom,  !roll 2d6']
    for (const line of lines) server.say(line)
    await expect.poll(texts).toEqual(['/deploy status', '/deploy status', '/deploy', '/roll 2d6'])
  })

  it('says who asked, where, and whom the line names', async () => {
    const { server, taken } = await connect()
    server.people.push({ id: newId(), username: 'sam.lee' }, { id: newId(), username: 'far', remote_id: newId() })
    const [, , sam, far] = server.people
    const root_id = newId()
    const message = server.say('!page @sam.lee. and me@example.com', { root_id })
    server.say('!ping', { user_id: far?.id ?? '' })
    await expect.poll(() => taken.length).toBe(2)
    expect(taken[0]).toMatchObject({
      platform: 'mattermost',
      installation: server.team.id,
      tenant: { id: server.team.id },
      room: { id: server.channelId, name: 'town-square' },
      user: { id: server.userId, name: 'kim', handle: 'kim', mention: 'kim' },
      mentions: [{ id: sam?.id, name: 'sam.lee', mention: 'sam.lee' }],
      at: message.create_at,
      replyTo: { teamId: server.team.id, channelId: server.channelId, rootId: root_id },
    })
    expect(taken[0]?.user.external).toBeUndefined()
    expect(taken[1]?.user.external).toBe(true)
  })

  it('answers in the thread, and in the channel', async () => {
    const { server, bot, taken } = await connect()
    const root_id = newId()
    server.say('!ping', { root_id })
    server.say('!ping')
    await expect.poll(() => taken.length).toBe(2)
    for (const invocation of taken) await bot.platform.deliver(say('pong'), invocation)
    expect(server.posts.map(({ root_id, message }) => [root_id, message])).toEqual([
      [root_id, 'pong'],
      ['', 'pong'],
    ])
  })

  it('leaves alone what is no command, and what no person wrote', async () => {
    const { server, texts, bot, taken } = await connect()
    const robot = newId()
    server.people.push({ id: robot, username: 'robot', is_bot: true })
    const others = [
      'hello',
      '! hello',
      '!',
      '!!',
      '@slashroom',
      '@slashroom!',
      '@slashroom.two deploy',
      'ask @slashroom help',
    ]
    for (const line of [...others, 'me@slashroom deploy', '/deploy status']) server.say(line)
    server.say('!deploy', { user_id: robot })
    server.say('!deploy', { user_id: server.botId })
    server.say('!deploy', { user_id: newId() })
    server.say('!deploy', { type: 'system_join_channel' })
    for (const mark of ['from_webhook', 'from_bot', 'from_plugin']) server.say('!deploy', { props: { [mark]: 'true' } })
    server.say('!deploy', { props: { from_webhook: 'true', override_username: 'kim' } })
    server.say('!ping')
    await expect.poll(texts).toEqual(['/ping'])
    for (const invocation of taken) await bot.platform.deliver(say('!ping'), invocation) // our own is told of, too
    server.say('!over')
    await expect.poll(texts).toEqual(['/ping', '/over'])
  })

  it('leaves its own posts alone where its token is a person’s', async () => {
    const server = await startServer()
    server.people.splice(1, 1, { id: server.botId, username: 'slashroom' })
    const { texts } = await connect({ server })
    server.say('!deploy', { user_id: server.botId })
    server.say('!over')
    await expect.poll(texts).toEqual(['/over'])
  })

  it('runs what is edited once, whatever stands there then', async () => {
    const { server, taken, texts, again } = await connect()
    const message = server.say('!ping')
    server.edit(message, '!ping again')
    server.edit(server.say('hello'), '!deploy')
    server.say('!over')
    await expect.poll(texts).toEqual(['/ping', '/over'])
    server.socket.cut({ forgets: true }) // then what was posted is asked for, as it stands now
    await again()
    server.say('!more')
    await expect.poll(texts).toEqual(['/ping', '/over', '/deploy', '/more'])
    expect(taken).toHaveLength(4)
  })

  it('goes on from where it was when the line is cut, and misses nothing of it', async () => {
    const { server, texts, again } = await connect()
    server.say('!one')
    await expect.poll(texts).toEqual(['/one'])
    server.socket.cut()
    server.say('!two')
    await again()
    server.say('!three')
    await expect.poll(texts).toEqual(['/one', '/two', '/three'])
    expect([server.socket.begun(), server.socket.continued()]).toEqual([1, 1])
  })

  it('comes back where it sees that an event was lost on its way', async () => {
    const { server, texts, again } = await connect()
    server.socket.loseNext()
    server.say('!one')
    server.say('!two')
    await again()
    await expect.poll(texts).toEqual(['/one', '/two'])
    expect(server.socket.continued()).toBe(1)
  })

  it('runs once what comes twice under one number, and what comes behind it', async () => {
    const { server, texts, again } = await connect()
    server.socket.repeatNext()
    server.say('!one')
    server.say('!two')
    await again()
    server.say('!three')
    await expect.poll(texts).toEqual(['/one', '/two', '/three'])
    expect([server.socket.begun(), server.socket.continued()]).toEqual([1, 1])
  })

  it('asks for what was posted meanwhile where the server goes on from nowhere', async () => {
    const { server, texts, again } = await connect()
    server.say('!one')
    await expect.poll(texts).toEqual(['/one'])
    server.socket.cut({ forgets: true })
    server.say('!two')
    server.say('!three', { channel_id: server.addRoom({ name: 'dev' }).id })
    server.say('!gone', { delete_at: Date.now() })
    await again()
    await expect.poll(() => texts().toSorted()).toEqual(['/one', '/three', '/two'])
    expect(server.socket.begun()).toBe(2)
  })

  it('hears what was posted since by another process, or before it was killed, and nothing that is older', async () => {
    const store = createMemoryStore()
    const server = await startServer()
    const first = await connect({ server, store })
    server.say('!one')
    await expect.poll(first.texts).toEqual(['/one'])
    await first.leave()
    server.say('!two')
    server.say('!old', { create_at: Date.now() - 6 * 60_000 })
    const second = await connect({ server, store, seen: first.seen })
    await expect.poll(second.texts).toEqual(['/two'])
    const [[key] = ['']] = await entriesOf(store, 'mattermost/heard/')
    await store.set(key, Date.now() - 60 * 60_000)
    await second.leave()
    const third = await connect({ server, store, seen: second.seen })
    expect(third.texts()).toEqual([])
    expect(third.bot.lines.join('\n')).toContain('posts from the time without a connection were skipped')
  })

  it('hears nothing of what was posted before it was ever there', async () => {
    const server = await startServer()
    server.say('!before')
    const { texts } = await connect({ server })
    server.say('!after')
    await expect.poll(texts).toEqual(['/after'])
  })

  it('passes over nothing that was not kept', async () => {
    const fails = [1, 2, 3]
    const { server, texts, again } = await connect({ keep: () => fails.pop() === undefined })
    server.say('!one')
    server.say('!two')
    for (let n = 0; n < 3; n++) await again()
    await expect.poll(texts).toEqual(['/one', '/two'])
  })

  it('is not held up by a post that can never be taken', async () => {
    const { server, texts } = await connect({
      keep: ({ text }) => {
        if (text === '/bad') throw new TypeError('a fault of ours')
        return true
      },
    })
    server.say('!bad')
    server.say('!good')
    await expect.poll(texts).toEqual(['/good'])
  })

  it('counts direct messages for the one team that the bot is in, and for none of several', async () => {
    const { server, taken, texts } = await connect()
    const direct = server.addRoom({ team_id: '', name: 'direct', type: 'D' as 'O' })
    server.say('!ping', { channel_id: direct.id })
    await expect.poll(texts).toEqual(['/ping'])
    expect(taken[0]).toMatchObject({ installation: server.team.id, room: { id: direct.id } })
    server.teams.push({ id: newId(), name: 'dev', display_name: 'Development' })
    server.say('!ping', { channel_id: direct.id })
    server.say('!over')
    await expect.poll(texts).toEqual(['/ping', '/over'])
  })

  it('says what a token is that the server does not take, once and for long, and never shows it', async () => {
    const server = await startServer()
    server.may.token = false
    const { ended, bot } = await connect({ server })
    await expect(ended).rejects.toMatchObject({ code: 'connection', slow: true, message: /MATTERMOST_BOT_TOKEN/ })
    await expect(ended).rejects.not.toThrow(server.botToken)
    expect(bot.lines.join('\n')).not.toContain(server.botToken)
  })

  it('reports a server that is away, and one that has no websocket', async () => {
    const server = await startServer()
    server.instead(/users\/me$/, { status: 502 })
    await expect((await connect({ server })).ended).rejects.toMatchObject({ code: 'connection', slow: false })
    await server.close()
    await expect((await connect({ server })).ended).rejects.toMatchObject({ code: 'connection', slow: false })
  })

  async function startServer(): Promise<Mattermost> {
    const server = await startMattermost()
    endings.push(server.close)
    return server
  }

  /** A bot whose connection stands, or was refused. */
  async function connect(options: Connecting = {}) {
    const server = options.server ?? (await startServer())
    const bot = startMattermostBot(server, {}, options.store)
    const seen = new Set(options.seen)
    const taken: Invocation[] = []
    const accept: Accept = async (verified) => {
      const { ack, invocation } = bot.platform.decode(verified)
      if (!invocation) return ack
      if (options.keep && !options.keep(invocation)) throw new UnavailableError('the disk is full', 1)
      if (!seen.has(invocation.id)) taken.push(invocation) // as the journal does
      seen.add(invocation.id)
      return ack
    }
    const leaving = new AbortController()
    let ended: Promise<void> = Promise.resolve()
    const open = () =>
      new Promise<void>((resolve) => {
        ended = bot.platform.connect?.(accept, leaving.signal, resolve) ?? Promise.reject(new Error('it connects not'))
        ended.catch(() => resolve())
      })
    const leave = async () => {
      leaving.abort()
      await ended.catch(() => {})
    }
    if (!options.store) endings.push(bot.close)
    endings.push(leave)
    await open()
    return {
      server,
      bot,
      taken,
      seen,
      texts: () => taken.map(({ text }) => text),
      get ended() {
        return ended
      },
      leave,
      /** Waits until it is lost, and opens it again. */
      async again() {
        await expect(ended).rejects.toMatchObject({ code: 'connection' })
        await open()
      },
    }
  }
})

interface Connecting {
  readonly server?: Mattermost
  readonly store?: Store
  /** What the journal knows. */
  readonly seen?: ReadonlySet<string>
  /** Whether something is kept. */
  readonly keep?: (invocation: Invocation) => boolean
}

async function entriesOf(store: Store, prefix: string) {
  const entries: (readonly [key: string, value: unknown])[] = []
  for await (const entry of store.list(prefix)) entries.push(entry)
  return entries
}
