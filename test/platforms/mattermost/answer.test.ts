import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import { idOf, type Mattermost, startMattermost, type Typed } from '../../fixtures/mattermost.js'
import { type MattermostBot, startMattermostBot, toCommand, toPress } from './bot.js'

describe('an answer in the acknowledgement of Mattermost', () => {
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

  async function answer(reply: Reply, changed: Typed = {}, by = bot) {
    const form = server.typed('/ping', token, changed)
    return { form, body: await bodyOf(reply, toCommand(form), by) }
  }

  async function bodyOf(reply: Reply, request: ReturnType<typeof toCommand>, { platform }: MattermostBot) {
    const verified = await platform.verify(request)
    const { invocation } = platform.decode(verified)
    if (!invocation) throw new Error('nothing was asked')
    return (await platform.answer?.(reply, verified, invocation))?.body
  }

  it('shows a whisper only to the caller, in the thread, with buttons that can be pressed', async () => {
    const prompt = card({ title: 'Sure?', buttons: [{ label: 'Yes', command: '/confirm x' }] }, { audience: 'caller' })
    for (const reply of [whisper('psst'), prompt]) {
      const { form, body } = await answer(reply, { fields: { root_id: idOf('root') } })
      server.acked(form, body)
    }
    expect(server.posts).toMatchObject([
      { by: 'ack', only: server.userId, root_id: idOf('root'), message: 'psst' },
      { by: 'ack', only: server.userId, root_id: idOf('root') },
    ])
    const [, asked] = server.posts
    const press = toPress(asked ? server.pressed(asked, 'Yes') : '')
    expect(bot.platform.decode(await bot.platform.verify(press)).invocation?.text).toBe('/confirm x')
  })

  it('is none where a bot account says it better: to the room, and to who pressed a button', async () => {
    expect((await answer(say('pong'))).body).toBeUndefined()
    expect((await answer(file('a.txt', 'text'))).body).toBeUndefined()
    const typed = toCommand(server.typed('/ping', token))
    const { invocation } = bot.platform.decode(await bot.platform.verify(typed))
    if (!invocation) throw new Error('nothing was asked')
    await bot.platform.deliver(card({ title: 'a', buttons: [{ label: 'Go', command: '/ping' }] }), invocation)
    const [post] = server.posts
    expect(await bodyOf(whisper('psst'), toPress(post ? server.pressed(post, 'Go') : ''), bot)).toBeUndefined()
  })

  it('is shown to the room too where there is no bot account: as its reply address would', async () => {
    const alone = startMattermostBot(server, { MATTERMOST_BOT_TOKEN: '', MATTERMOST_COMMAND_TOKENS: token })
    const { form, body } = await answer(say('pong'), {}, alone)
    server.acked(form, body)
    expect(server.posts).toMatchObject([{ by: 'ack', message: 'pong' }])
    expect(server.posts[0]).not.toHaveProperty('only')
    await alone.close()
  })
})
