import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { ops, startTelegram, type Telegram } from '../../fixtures/telegram.js'
import { startTelegramBot, type TelegramBot } from './bot.js'

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

async function all(targets: AsyncIterable<ReplyTarget> | undefined): Promise<readonly ReplyTarget[]> {
  const found: ReplyTarget[] = []
  for await (const one of targets ?? []) found.push(one)
  return found
}
const find = async (idOrName: string) => await all(bot.platform.findRooms?.(idOrName))
const ids = async (idOrName: string) => (await find(idOrName)).map(({ room }) => room.id)

describe('rooms that nobody asked from', () => {
  it('are found by id, by title and by public name, where the bot was heard', async () => {
    await bot.take(server.typed('/ping'))
    await bot.take(
      server.typed('/ping', { chat: { id: -3001, type: 'supergroup', title: 'OPS', username: 'ops_room' } }),
    )
    await bot.hear(
      server.update({
        my_chat_member: {
          chat: { id: -4001, type: 'channel', title: 'News' },
          date: 1,
          new_chat_member: { status: 'administrator' },
        },
      }),
    )
    expect(await ids('-2001')).toEqual(['-2001'])
    expect((await ids('ops')).toSorted()).toEqual(['-2001', '-3001'])
    expect(await ids('@Ops_Room')).toEqual(['-3001'])
    expect(await ids('news')).toEqual(['-4001'])
    expect(await ids('nowhere')).toEqual([])
    expect(await ids('x'.repeat(300))).toEqual([])
  })

  it('are asked for by id where the bot was not heard yet, and then are installations', async () => {
    expect(await ids('-2001')).toEqual(['-2001'])
    expect(await bot.platform.isInstalled?.('-2001')).toBe(true)
    expect(await ids('-2999')).toEqual([])
    server.out.add(ops.id)
    await bot.hear(server.update({ my_chat_member: { chat: ops, date: 1, new_chat_member: { status: 'kicked' } } }))
    expect(await ids('-2001')).toEqual([])
  })

  it('are not known while the service does not say', async () => {
    server.instead(/getChat/, { status: 500 })
    await expect(find('-2001')).rejects.toMatchObject({ code: 'delivery' })
  })

  it('are called by the id that they had as groups', async () => {
    await bot.take(server.typed('/ping'))
    server.moved.set(-2001, -1009)
    const moved = { id: -1009, type: 'supergroup', title: 'Ops' } as const
    server.chats.set(-1009, moved)
    await bot.hear(server.update({ message: { message_id: 1, date: 1, chat: ops, migrate_to_chat_id: -1009 } }))
    expect([await ids('-2001'), await ids('-1009'), await ids('ops')]).toEqual([['-2001'], ['-2001'], ['-2001']])
  })

  it('can be written in, topics too', async () => {
    server.chats.set(-3001, { id: -3001, type: 'supergroup', title: 'Works' })
    for (const target of await find('-3001:44'))
      await bot.platform.deliver(say('news'), { ...invocationOf('1'), ...target })
    expect(server.messages).toMatchObject([{ chat: -3001, thread: 44, text: 'news' }])
  })

  it('are those that a schedule names, by id or title, and none if it names none', async () => {
    await bot.take(server.typed('/ping'))
    const list = async (names?: readonly string[], only?: string) =>
      (await all(bot.platform.listRooms?.(names, only))).map(({ room }) => room.id)
    expect(await list(['#ops'])).toEqual(['-2001'])
    expect(await list(['-2001', '#nowhere'])).toEqual(['-2001'])
    expect(await list(['#ops'], '-9')).toEqual([])
    expect(await list()).toEqual([])
  })
})
