import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kim, kimsTalk, ops, startTelegram, type Telegram } from '../../fixtures/telegram.js'
import { startTelegramBot, type TelegramBot } from './bot.js'

let server: Telegram
let bot: TelegramBot
beforeEach(async () => {
  server = await startTelegram()
  bot = startTelegramBot(server, {
    commands: {
      deploy: {},
      'deploy status': { aliases: ['ls'] },
      'deploy-log': {},
      who_is: {},
      'a b': {},
      a_b: {},
      'one two': {},
      'one-two': {},
    },
  })
})
afterEach(async () => {
  await bot.close()
  await server.close()
})

const forum = { id: -3001, type: 'supergroup', title: 'Works', is_forum: true }

describe('a line', () => {
  it.each([
    ['/deploy status --env prod', '/deploy status --env prod'],
    ['/deploy_status --env prod', '/deploy status --env prod'],
    ['/deploy_status', '/deploy status'],
    ['/Deploy_Status', '/deploy status'],
    ['/deploy_ls', '/deploy ls'],
    ['/deploy_log\nmore', '/deploy-log\nmore'],
    ['/who_is kim', '/who_is kim'],
    // A command of that very name comes before another's word in the menu; two that share a word have none.
    ['/a_b c', '/a_b c'],
    ['/one_two', '/one_two'],
    ['/deploy@deploy_bot status', '/deploy status'],
    ['/deploy_status@Deploy_Bot prod', '/deploy status prod'],
    ['/deploy@deploy_bot', '/deploy'],
    ['/unknown_word x', '/unknown_word x'],
    ['/стоп', '/стоп'],
  ])('that is typed as %j is %j', async (typed, line) => {
    expect((await bot.take(server.typed(typed))).text).toBe(line)
  })

  it.each(['/deploy@another_bot status', 'deploy status', ' /deploy', 'say /deploy', '/', '/@deploy_bot', '/ deploy'])(
    'that is typed as %j is not for us',
    async (typed) => {
      expect(await bot.hear(server.typed(typed))).toBeUndefined()
    },
  )

  it('waits for the bot’s own name where one is typed and not known yet', async () => {
    server.instead(/getMe/, { status: 500 })
    await expect(bot.hear(server.typed('/deploy@deploy_bot'))).rejects.toMatchObject({ code: 'unavailable' })
    expect((await bot.take(server.typed('/deploy@deploy_bot'))).text).toBe('/deploy')
    expect((await bot.take(server.typed('/deploy@deploy_bot'))).text).toBe('/deploy')
    expect(server.calls(/getMe/)).toHaveLength(2)
  })

  it('is read from the caption of a file', async () => {
    const { text: _, ...photo } = { text: '', caption: '/deploy status', photo: [{}] }
    expect((await bot.take(server.typed('', photo))).text).toBe('/deploy status')
  })

  it('is not run when it is edited, nor when it is forwarded or a bot says it', async () => {
    const { message } = server.typed('/deploy status') as unknown as { message: object }
    expect(await bot.hear(server.update({ edited_message: message }))).toBeUndefined()
    expect(
      await bot.hear(server.typed('/deploy', { forward_origin: { type: 'user', sender_user: kim } })),
    ).toBeUndefined()
    expect(await bot.hear(server.typed('/deploy', { via_bot: { id: 9, is_bot: true } }))).toBeUndefined()
    expect(await bot.hear(server.typed('/deploy', { from: { ...kim, is_bot: true } }))).toBeUndefined()
    expect(await bot.hear(server.update({ channel_post: message }))).toBeUndefined()
    expect(await bot.hear(server.update({ business_message: message }))).toBeUndefined()
  })

  it('is /help where somebody opens a talk with the bot, and a command of that name has not been made', async () => {
    expect((await bot.take(server.typed('/start', { chat: kimsTalk }))).text).toBe('/help')
    expect((await bot.take(server.typed('/start'))).text).toBe('/start')
    const other = startTelegramBot(server, { commands: { 'start it': {} } })
    expect((await other.take(server.typed('/start it', { chat: kimsTalk }))).text).toBe('/start it')
    await other.close()
  })

  it('has the same id however often its update comes, and another in another update', async () => {
    const update = server.typed('/deploy')
    const ids = new Set<string>()
    for (let time = 0; time < 10; time++) ids.add((await bot.take(update)).id)
    expect(ids.size).toBe(1)
    expect(ids.has((await bot.take(server.typed('/deploy'))).id)).toBe(false)
  })

  it('that all see as one with another is told from it by its update, where both are ephemeral', async () => {
    const ephemeral = { message_id: 0, ephemeral_message_id: 5, date: 1_900_000_000 }
    const [one, other] = [server.typed('/deploy', ephemeral), server.typed('/deploy', ephemeral)]
    expect((await bot.take(one)).id).not.toBe((await bot.take(other)).id)
    expect((await bot.take(one)).id).toBe((await bot.take(one)).id)
  })
})

describe('whoever types', () => {
  it('is known by id, and by the user name that nobody else has', async () => {
    const { user } = await bot.take(server.typed('/deploy'))
    expect(user).toEqual({ id: '1001', name: 'Kim Lee', mention: 'kim', handle: 'kim' })
    const { user: nameless } = await bot.take(server.typed('/deploy', { from: { id: 1002, first_name: '@kim' } }))
    expect(nameless).toEqual({ id: '1002', name: '@kim' })
  })

  it('is anonymous where the group itself speaks', async () => {
    const anonymous = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
    const { user } = await bot.take(server.typed('/deploy', { from: anonymous, sender_chat: ops }))
    expect(user).toEqual({ id: 'anonymous', name: 'Ops' })
  })

  it('mentions those whom the service names with their id', async () => {
    const entities = [
      { type: 'bot_command', offset: 0, length: 7 },
      { type: 'text_mention', offset: 8, length: 3, user: { id: 1003, first_name: 'Ann' } },
      { type: 'mention', offset: 12, length: 4 },
    ]
    const { mentions } = await bot.take(server.typed('/deploy Ann @bob', { entities }))
    expect(mentions).toEqual([{ id: '1003', name: 'Ann' }])
  })
})

describe('where it is typed', () => {
  it('is the chat, which no rule knows by its title', async () => {
    const { room, replyTo } = await bot.take(server.typed('/deploy'))
    expect(room).toEqual({ id: '-2001', name: 'Ops', untrustedName: true })
    expect(replyTo).toMatchObject({ chatId: '-2001' })
  })

  it('is the topic, which belongs to its chat', async () => {
    const topic = { chat: forum, message_thread_id: 44, is_topic_message: true }
    const named = { ...topic, reply_to_message: { message_id: 44, forum_topic_created: { name: 'Deployments' } } }
    const { room, replyTo, installation } = await bot.take(server.typed('/deploy', named))
    expect(installation).toBe('-3001')
    expect(room).toEqual({ id: '-3001:44', name: 'Deployments', untrustedName: true, parent: '-3001' })
    expect(replyTo).toMatchObject({ chatId: '-3001', threadId: '44' })
    expect((await bot.take(server.typed('/deploy', topic))).room.name).toBe('44')
  })

  it('is no topic where it is a thread of answers', async () => {
    const { room } = await bot.take(server.typed('/deploy', { chat: forum, message_thread_id: 44 }))
    expect(room.id).toBe('-3001')
  })

  it('is the talk with the bot, which is a tenant alone', async () => {
    const { room, tenant } = await bot.take(server.typed('/deploy', { chat: kimsTalk }))
    expect([room.id, tenant]).toEqual(['1001', { id: '1001', name: 'Kim' }])
  })
})

describe('a pressed button', () => {
  it('types its line for whoever presses it, and is answered at once', async () => {
    const ann = { id: 1003, is_bot: false, first_name: 'Ann' }
    const { text, user, room } = await bot.take(server.pressed('/deploy rollback --yes', { from: ann }))
    expect([text, user.id, room.id]).toEqual(['/deploy rollback --yes', '1003', '-2001'])
    expect([...server.presses.values()].map(({ answered }) => answered?.['text'])).toEqual([undefined])
    expect(server.calls(/answerCallbackQuery/)).toHaveLength(1)
  })

  it.each(['', 'rollback', '~aaaaaaaaaaaaaaaa', '~', '~../../x', 'x'.repeat(64)])(
    'is told that nothing stands behind it where it sends %j, which is not ours',
    async (data) => {
      expect(await bot.hear(server.pressed(data))).toBeUndefined()
      expect([...server.presses.values()].map(({ answered }) => answered?.['text'])).toEqual([
        'There is nothing behind this any more.',
      ])
    },
  )

  it('types its line where its message is gone', async () => {
    const message = { message_id: 1, date: 0, chat: ops }
    expect((await bot.take(server.pressed('/deploy', { message }))).room.id).toBe('-2001')
  })

  it('is another call each time, and the same where the service tells of it again', async () => {
    const press = server.pressed('/deploy')
    expect((await bot.take(press)).id).toBe((await bot.take(press)).id)
    expect((await bot.take(press)).id).not.toBe((await bot.take(server.pressed('/deploy'))).id)
  })
})
