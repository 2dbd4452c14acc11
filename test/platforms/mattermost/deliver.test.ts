import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asDeliveryError } from '../../../src/delivery/retry-rule.js'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import { idOf, type Mattermost, newId, startMattermost, type Typed } from '../../fixtures/mattermost.js'
import { type MattermostBot, startMattermostBot, toCommand, toPress } from './bot.js'

describe('Mattermost, given replies to deliver', () => {
  let server: Mattermost
  let bot: MattermostBot
  let token: string

  beforeEach(async () => {
    server = await startMattermost()
    bot = startMattermostBot(server)
    await bot.platform.register?.({ apply: true })
    token = [...server.commands.values()][0]?.token ?? ''
    server.received.splice(0)
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })

  async function typed(changed: Typed = {}, by = bot, key = token): Promise<Invocation> {
    const request = toCommand(server.typed('/ping', key, changed))
    const { invocation } = by.platform.decode(await by.platform.verify(request))
    if (!invocation) throw new Error('nothing was asked')
    return invocation
  }
  const deliver = async (reply: Reply, invocation: Invocation) => await bot.platform.deliver(reply, invocation)
  const failure = (reply: Reply, invocation: Invocation, by = bot) =>
    by.platform.deliver(reply, invocation).then(
      () => undefined,
      (error: unknown) => asDeliveryError(error), // as the outbox does
    )

  it('posts them in the channel as the bot, in the thread if there is one', async () => {
    await deliver(say('pong'), await typed())
    await deliver(say('pong'), await typed({ fields: { root_id: idOf('root') } }))
    expect(server.posts).toMatchObject([
      { by: 'bot', channel_id: server.channelId, root_id: '', message: 'pong' },
      { by: 'bot', channel_id: server.channelId, root_id: idOf('root'), message: 'pong' },
    ])
  })

  it('shows a whisper only to the caller', async () => {
    await deliver(whisper('psst'), await typed({ fields: { root_id: idOf('root') } }))
    expect(server.posts).toMatchObject([{ by: 'bot', only: server.userId, root_id: idOf('root'), message: 'psst' }])
  })

  it('whispers by the response_url where the bot may not, and by direct message after that, never aloud', async () => {
    server.may.ephemeral = false
    const invocation = await typed()
    for (let count = 1; count <= 7; count++) await deliver(whisper(`psst ${count}`), invocation)
    expect(server.posts.map(({ by, only }) => (by === 'hook' ? only : by))).toEqual([
      ...Array.from({ length: 5 }, () => server.userId),
      'bot',
      'bot',
    ])
    expect(server.posts.slice(5).every(({ channel_id }) => channel_id !== server.channelId)).toBe(true)
    expect(server.calls(/ephemeral/)).toHaveLength(1)
  })

  it('lets the buttons of a whisper be pressed, by whichever way it went', async () => {
    server.may.ephemeral = false
    const question = card(
      { title: 'Sure?', buttons: [{ label: 'Yes', command: '/confirm 1' }] },
      { audience: 'caller' },
    )
    for (const hook of [true, false]) {
      await deliver(question, await typed({ hook }))
      const post = server.posts.at(-1)
      const request = toPress(post ? server.pressed(post, 'Yes') : '')
      const { invocation } = bot.platform.decode(await bot.platform.verify(request))
      expect(invocation?.text).toBe('/confirm 1')
    }
  })

  it('edits the reply that another replaces', async () => {
    const invocation = await typed()
    await deliver(say('1 of 2', { updateKey: 'progress' }), invocation)
    await deliver(say('another'), invocation)
    await deliver(card({ title: '2 of 2' }, { updateKey: 'progress' }), invocation)
    await deliver(say('done', { updateKey: 'progress' }), invocation)
    expect(server.posts).toMatchObject([{ message: 'done', attachments: [] }, { message: 'another' }])
    await deliver(say('1 of 2', { updateKey: 'progress' }), await typed())
    expect(server.posts).toHaveLength(3)
  })

  it('says what it can edit: what the bot account says to the room', async () => {
    const without = startMattermostBot(server, { MATTERMOST_BOT_TOKEN: '', MATTERMOST_COMMAND_TOKENS: token })
    const editable = ({ platform }: MattermostBot) =>
      [say('x'), card({ title: 'x' }), file('x', 'x'), whisper('x')].map((reply) => platform.canEdit?.(reply))
    expect(editable(bot)).toEqual([true, true, false, false])
    expect(editable(without)).toEqual([false, false, false, false])
    await without.close()
  })

  it('says anew what can no longer be edited', async () => {
    const invocation = await typed()
    await deliver(say('one', { updateKey: 'x' }), invocation)
    for (const status of [400, 403, 404]) {
      server.instead(/patch$/, { status })
      await deliver(say(`after ${status}`, { updateKey: 'x' }), invocation)
    }
    expect(server.posts.map(({ message }) => message)).toEqual(['one', 'after 400', 'after 403', 'after 404'])
    server.instead(/patch$/, { status: 500 })
    expect(await failure(say('later', { updateKey: 'x' }), invocation)).toMatchObject({ retryAdvice: { retry: true } })
  })

  it('puts no whisper in the place of what the room reads', async () => {
    server.may.ephemeral = false
    const invocation = await typed({ hook: false })
    await deliver(say('for all', { updateKey: 'x' }), invocation)
    await deliver(whisper('secret', { updateKey: 'x' }), invocation)
    expect(server.posts).toMatchObject([
      { channel_id: server.channelId, message: 'for all' },
      { channel_id: expect.not.stringContaining(server.channelId), message: 'secret' },
    ])
  })

  it('shows a post once, though its answer was lost and it was sent again', async () => {
    const invocation = await typed()
    const reply = say('once')
    server.instead(/posts$/, { status: 502, after: true })
    expect(await failure(reply, invocation)).toMatchObject({ retryAdvice: { retry: true } })
    await deliver(reply, invocation)
    expect(server.posts).toHaveLength(1)
  })

  it('shows two posts that say the same, and the same one in answer to two', async () => {
    const invocation = await typed()
    const shared = say('shared')
    for (const reply of [say('same'), say('same'), shared]) await deliver(reply, invocation)
    await deliver(shared, await typed())
    expect(server.posts).toHaveLength(4)
  })

  it('uploads files once', async () => {
    const invocation = await typed()
    const reply = file('a b/ü.csv', 'x,y', { type: 'text/csv', text: 'Here:' })
    server.instead(/api\/v4\/posts$/, { status: 500 })
    expect(await failure(reply, invocation)).toMatchObject({ retryAdvice: { retry: true } })
    await deliver(reply, invocation)
    const [post] = server.posts
    expect(post).toMatchObject({ message: 'Here:', files: [expect.any(String)] })
    expect(server.files.get(post?.files[0] ?? '')).toEqual({ name: 'a b/ü.csv', content: Buffer.from('x,y') })
    expect(server.files.size).toBe(1)
  })

  it('shows a file’s text where the server takes no files', async () => {
    server.may.files = false
    await deliver(file('a.csv', 'x,y', { type: 'text/csv' }), await typed())
    expect(server.posts).toMatchObject([{ message: '**a.csv**\n```\nx,y\n```' }])
  })

  it('keeps a file for the caller from the room', async () => {
    await deliver({ ...file('keys.txt', 'secret'), audience: 'caller' }, await typed())
    expect(server.posts).toHaveLength(1)
    expect(server.posts[0]?.channel_id).not.toBe(server.channelId)
  })

  it('answers by the response_url where the bot may not post, as in other people’s direct messages', async () => {
    server.may.post = false
    await deliver(say('pong'), await typed())
    expect(server.posts).toMatchObject([{ by: 'hook', message: 'pong' }])
    expect(await failure(say('pong'), await typed({ hook: false }))).toMatchObject({
      code: 'delivery',
      message: expect.stringContaining('invite it to the channel'),
      retryAdvice: { retry: false },
    })
  })

  it('answers by the response_url whatever the server has against the bot’s own post', async () => {
    for (const [path, reply] of [
      [/v4.posts$/, say('pong')],
      [/posts.ephemeral$/, whisper('psst')],
    ] as const) {
      for (const status of [400, 404, 501]) {
        server.instead(path, { status })
        await deliver(reply, await typed())
      }
    }
    expect(server.posts.map(({ by }) => by)).toEqual(Array(6).fill('hook'))
  })

  it('answers at the server’s own address of another shape, where it gave one', async () => {
    server.may.post = false
    server.instead(/POST .answers.7/, { status: 200 })
    await deliver(say('pong'), await typed({ fields: { response_url: `${server.url}/answers/7` } }))
    expect(server.calls(/answers.7$/)).toHaveLength(1)
  })

  it('names the setting whose token is refused', async () => {
    server.may.token = false
    expect(await failure(say('pong'), await typed({ hook: false }))).toMatchObject({
      message: expect.stringContaining('MATTERMOST_BOT_TOKEN'),
      retryAdvice: { retry: false },
    })
  })

  it('waits with everything for this installation as long as a rate limit says', async () => {
    const invocation = await typed()
    const waits = [
      [{ 'retry-after': '2', 'x-ratelimit-reset': '10' }, 2_000],
      [{ 'x-ratelimit-reset': '10' }, 10_000],
      [{ 'x-ratelimit-reset': '4, 10' }, 10_000],
      [{ 'retry-after': '0' }, 1_000],
      [{ 'retry-after': '99999' }, 600_000],
    ] as const
    for (const [headers, retryAfterMs] of waits) {
      server.instead(/posts$/, { status: 429, headers })
      const retryAdvice = { retry: true, retryAfterMs, installationWide: true }
      expect(await failure(say('pong'), invocation)).toMatchObject({ retryAdvice })
    }
  })

  it('calls nobody but the server, whatever the response_url says', async () => {
    const other = await startMattermost()
    server.may.post = false
    const hook = newId()
    const fields = { response_url: `${other.url}/hooks/commands/${hook}` }
    expect(await failure(say('secret'), await typed({ fields }))).toMatchObject({ retryAdvice: { retry: false } })
    expect(other.received).toHaveLength(0)
    expect(server.calls(/hooks/)).toHaveLength(1)
    await other.close()
  })

  describe('without a bot account', () => {
    let handmade: MattermostBot
    let key: string

    beforeEach(() => {
      key = server.addCommand('pong', 'https://bot.example.com/mattermost/command').token
      handmade = startMattermostBot(server, { MATTERMOST_BOT_TOKEN: '', MATTERMOST_COMMAND_TOKENS: key })
    })
    afterEach(() => handmade.close())

    it('answers five times by the response_url, and says why not a sixth', async () => {
      const invocation = await typed({}, handmade, key)
      await handmade.platform.deliver(whisper('psst'), invocation)
      for (let count = 2; count <= 5; count++) await handmade.platform.deliver(say(String(count)), invocation)
      expect(server.posts.map(({ only }) => only === server.userId)).toEqual([true, false, false, false, false])
      expect(await failure(say('6'), invocation, handmade)).toMatchObject({
        message: expect.stringContaining('MATTERMOST_BOT_TOKEN'),
        retryAdvice: { retry: false },
      })
      expect(server.calls(/hooks/)).toHaveLength(5)
    })

    it('sends no token along', async () => {
      await handmade.platform.deliver(say('pong'), await typed({}, handmade, key))
      expect(server.calls(/hooks/)[0]?.headers).not.toHaveProperty('authorization')
    })

    it('counts only what arrived, and stops after half an hour', async () => {
      const invocation = await typed({}, handmade, key)
      server.instead(/hooks/, { status: 503 }, 7)
      for (let count = 1; count <= 7; count++) {
        expect(await failure(say('x'), invocation, handmade)).toMatchObject({ retryAdvice: { retry: true } })
      }
      await handmade.platform.deliver(say('pong'), invocation)
      const old = { ...invocation, at: invocation.at - 31 * 60_000 }
      expect(await failure(say('late'), old, handmade)).toMatchObject({ retryAdvice: { retry: false } })
    })

    it('writes out what a button would type, and registers nothing', async () => {
      const buttons = [{ label: 'Go', command: '/ping' }]
      await handmade.platform.deliver(card({ title: 'x', buttons }), await typed({}, handmade, key))
      expect(server.posts[0]?.attachments[0]).toMatchObject({ text: 'Go: /ping' })
      expect(handmade.platform.register).toBeUndefined()
    })
  })
})
