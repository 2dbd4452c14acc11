import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { type HipChat, roomMessage, startHipChat } from '../../fixtures/hipchat.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat rooms that nobody asked from', () => {
  let server: HipChat
  let bot: HipChatBot
  beforeEach(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })
  const find = async (names?: readonly string[], installation?: string) => {
    const found: ReplyTarget[] = []
    for await (const place of bot.platform.listRooms?.(names, installation) ?? []) found.push(place)
    return found
  }

  it('are those that have an installation to themselves', async () => {
    const one = await installClient(bot, server, { roomId: 40 })
    const two = await installClient(bot, server, { roomId: 41 })
    await installClient(bot, server)
    expect((await find()).map(({ room }) => room.id).sort()).toEqual(['40', '41'])
    expect(await find(undefined, two.oauthId)).toMatchObject([{ installation: two.oauthId, room: { id: '41' } }])
    expect(await find(['40'])).toContainEqual(expect.objectContaining({ installation: one.oauthId }))
  })

  it('are posted to by name or number, with an installation for the whole group', async () => {
    const { oauthId } = await installClient(bot, server)
    for (const place of await find(['#On Call/..', '7'])) {
      await bot.platform.deliver(say('good morning'), { ...invocationOf('a'), ...place, platform: 'hipchat' })
    }
    expect(server.notifications.map(({ room }) => room)).toEqual(['On Call/..', '7'])
    expect(await bot.platform.isInstalled?.(oauthId)).toBe(true)
    expect(await bot.platform.isInstalled?.('nobody')).toBe(false)
  })

  it('are answered later without what the question was attached to', async () => {
    const client = await installClient(bot, server, { roomId: 40 })
    const { invocation } = await enter(bot.platform, toRequest(client, roomMessage(client, '/ping')))
    const replyTo = bot.platform.durableReplyTo?.(invocation?.replyTo)
    expect(replyTo).toEqual({ roomId: '40' })
    expect(bot.platform.durableReplyTo?.('not ours')).toBeUndefined()
  })
})
