import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say, whisper } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { type Slack, startSlack } from '../../fixtures/slack.js'
import { type SlackBot, startSlackBot } from './bot.js'

describe('Slack channels that nobody asked from', () => {
  let far: Slack
  let bot: SlackBot
  beforeEach(async () => {
    far = await startSlack()
    bot = await startSlackBot(far)
  })
  afterEach(async () => {
    await bot.close()
    await far.close()
  })
  const find = async (names?: readonly string[]) => {
    const found: ReplyTarget[] = []
    for await (const place of bot.platform.listRooms?.(names) ?? []) found.push(place)
    return found
  }

  it('are posted to by id or name, and none if none is named', async () => {
    far.channels.set('#ops', 'member')
    expect(await find()).toEqual([])
    const places = await find(['C0001', '#ops'])
    expect(places.map(({ room }) => room.name)).toEqual(['C0001', 'ops'])
    for (const place of places) {
      const invocation = { ...invocationOf('a'), ...place, platform: 'slack', scheduled: 'digest' }
      await bot.platform.deliver(say('good morning'), invocation)
    }
    expect(far.messages.map(({ via, channel }) => `${via} ${channel}`)).toEqual(['bot C0001', 'bot #ops'])
    expect(await bot.platform.isInstalled?.(places[0]?.installation ?? '')).toBe(true)
    expect(await bot.platform.isInstalled?.('T9999')).toBe(false)
  })

  it('are not made up for by a channel that is called like the schedule', async () => {
    far.channels.set('schedule', 'member')
    const [place] = await find(['#nowhere'])
    if (!place) throw new Error('no place')
    const user = { id: 'schedule', name: 'schedule' }
    const invocation = { ...invocationOf('a', { user }), ...place, platform: 'slack', scheduled: 'digest' }
    await expect(bot.platform.deliver(say('secret'), invocation)).rejects.toMatchObject({
      retryAdvice: { retry: false },
    })
    expect(far.messages).toEqual([])
  })

  it('are answered later with the bot’s token, in the thread where there was one', async () => {
    const asked = await bot.type('/ping')
    const replyTo = bot.platform.durableReplyTo?.(asked.replyTo)
    expect(replyTo).toEqual({ channelId: 'C0001', userId: 'U0001' })
    expect(bot.platform.durableReplyTo?.({ channelId: 'C0001', userId: 'U0001', threadTs: '1.2' })).toHaveProperty(
      'threadTs',
      '1.2',
    )
    await bot.platform.deliver(whisper('psst'), { ...asked, replyTo })
    await bot.platform.deliver(say('now'), { ...asked, replyTo })
    expect(far.messages.map(({ via, channel }) => `${via} ${channel}`)).toEqual(['bot C0001', 'bot C0001'])
  })
})
