import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { type Discord, startDiscord } from '../../fixtures/discord.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { type DiscordBot, startDiscordBot } from './bot.js'

describe('Discord channels that nobody asked from', () => {
  let server: Discord
  let bot: DiscordBot
  beforeEach(async () => {
    server = await startDiscord()
    bot = startDiscordBot(server, { env: { DISCORD_BOT_TOKEN: server.botToken } })
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

  it('are found by id, and none where the bot sees none', async () => {
    expect(await find()).toEqual([])
    const places = await find(['#general', '1300000000000000003', '1999999999999999999'])
    expect(places.map(({ room }) => room)).toEqual([{ id: '1300000000000000003', name: 'general' }])
    for (const place of places) {
      await bot.platform.deliver(say('good morning'), { ...invocationOf('a'), ...place, platform: 'discord' })
    }
    expect(server.messages).toMatchObject([{ channel: '1300000000000000003' }])
  })

  it('are looked for again where Discord does not answer', async () => {
    server.instead(/^GET .*\/channels\//, { status: 500 })
    await expect(find(['1300000000000000003'])).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })

  it('are answered later with the bot’s token, or not at all', async () => {
    const invocation = await bot.take(server.interaction())
    const replyTo = bot.platform.durableReplyTo?.(invocation.replyTo)
    expect(replyTo).toEqual({ channelId: '1300000000000000003' })
    await bot.platform.deliver(say('later'), { ...invocation, replyTo })
    expect(server.calls(/webhooks/)).toHaveLength(0)
    expect(server.messages.at(-1)).toMatchObject({ channel: '1300000000000000003' })
    const mute = startDiscordBot(server)
    expect(mute.platform.durableReplyTo?.(invocation.replyTo)).toBeUndefined()
    await mute.close()
  })
})
