import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { type Mattermost, newId, startMattermost } from '../../fixtures/mattermost.js'
import { type MattermostBot, startMattermostBot, toCommand } from './bot.js'

describe('Mattermost channels that nobody asked from', () => {
  let server: Mattermost
  let bot: MattermostBot
  beforeEach(async () => {
    server = await startMattermost()
    bot = startMattermostBot(server)
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })
  const find = async (names?: readonly string[]) => {
    const found: ReplyTarget[] = []
    for await (const place of bot.platform.listRooms?.(names) ?? []) found.push(place)
    return found
  }

  it('are found by name or id in the bot’s teams, and none if there is no such room', async () => {
    expect(await find()).toEqual([])
    const places = await find(['#Town-Square', '#../../users', '#nowhere', server.channelId, newId()])
    const town = { id: server.channelId, name: 'town-square' }
    expect(places.map(({ room }) => room)).toEqual([town, town])
    for (const place of places) {
      await bot.platform.deliver(say('good morning'), { ...invocationOf('a'), ...place, platform: 'mattermost' })
    }
    expect(server.posts).toMatchObject([{ by: 'bot', channel_id: server.channelId, message: 'good morning' }, {}])
  })

  it('are looked for again where the server does not answer', async () => {
    server.instead(/channels\/name/, { status: 500 })
    await expect(find(['#town-square'])).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })

  it('are answered later by the bot account alone', async () => {
    await bot.platform.register?.({ apply: true })
    const token = [...server.commands.values()][0]?.token ?? ''
    const request = toCommand(server.typed('/ping', token))
    const { invocation } = bot.platform.decode(await bot.platform.verify(request))
    const replyTo = bot.platform.durableReplyTo?.(invocation?.replyTo)
    expect(invocation?.replyTo).toMatchObject(replyTo as object)
    expect(replyTo).not.toHaveProperty('hookId')
    const plain = startMattermostBot(server, { MATTERMOST_BOT_TOKEN: '', MATTERMOST_COMMAND_TOKENS: newId() })
    expect(plain.platform.durableReplyTo?.(invocation?.replyTo)).toBeUndefined()
    await plain.close()
  })
})
