import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import type { Ack } from '../../../src/platforms/platform.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { type Discord, seen, startDiscord } from '../../fixtures/discord.js'
import { type BotOptions, type DiscordBot, startDiscordBot, toRequest } from './bot.js'

describe('an answer in the acknowledgement of Discord', () => {
  let server: Discord
  const bots: DiscordBot[] = []
  const start = (options: BotOptions = {}) => {
    const bot = startDiscordBot(server, { env: { DISCORD_BOT_TOKEN: server.botToken }, ...options })
    bots.push(bot)
    return bot
  }
  beforeEach(async () => {
    server = await startDiscord()
  })
  afterEach(async () => {
    await Promise.all(bots.splice(0).map((one) => one.close()))
    await server.close()
  })

  async function answer(
    reply: Reply,
    { platform } = start(),
    interaction = server.interaction(),
  ): Promise<{ readonly ack: Ack | undefined; readonly invocation: Invocation; readonly deferred: Ack }> {
    const verified = await platform.verify(toRequest(server.sign(JSON.stringify(interaction))))
    const { invocation, ack: deferred } = platform.decode(verified)
    if (!invocation) throw new Error('nothing was asked')
    return { ack: await platform.answer?.(reply, verified, invocation), invocation, deferred }
  }
  const ways = () => server.messages.map((one) => [one.by, seen(one), one.hidden])

  it('is seen by those whom it is for, whatever was to be deferred', async () => {
    for (const reply of [say('pong'), whisper('psst'), card({ title: 'Deploy' })]) {
      const interaction = server.interaction()
      server.acked(interaction, (await answer(reply, start(), interaction)).ack?.body)
      expect(server.thinking(interaction)).toBe(false)
    }
    expect(ways()).toEqual([
      ['ack', 'pong', false],
      ['ack', 'psst', true],
      ['ack', 'Deploy', false],
    ])
    expect(server.received).toEqual([])
  })

  it('is not written over by what another process says after a crash', async () => {
    const store = createMemoryStore()
    const interaction = server.interaction()
    const { ack, invocation } = await answer(say('pong'), start({ store }), interaction)
    server.acked(interaction, ack?.body)
    const next = start({ store })
    await next.platform.deliver(say('if it is missing above, ask again'), invocation)
    await next.platform.onInvocationEnd?.(invocation, 'done')
    expect(ways()).toEqual([
      ['ack', 'pong', false],
      ['followup', 'if it is missing above, ask again', false],
    ])
  })

  it('takes the deferred answer’s place where it came too late for the acknowledgement', async () => {
    const bot = start()
    const interaction = server.interaction()
    const { invocation, deferred } = await answer(whisper('psst'), bot, interaction)
    server.acked(interaction, deferred.body)
    await bot.platform.deliver(whisper('psst'), invocation)
    await bot.platform.onInvocationEnd?.(invocation, 'done')
    expect(ways()).toEqual([['followup', 'psst', true]])
    expect(server.thinking(interaction)).toBe(false)
  })

  it('ends what was deferred, where it could be said in no way', async () => {
    const bot = start()
    const interaction = server.interaction()
    const { invocation, deferred } = await answer(say('pong'), bot, interaction)
    server.acked(interaction, deferred.body)
    server.instead(/PATCH/, { status: 400 })
    await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toThrow()
    await bot.platform.onInvocationEnd?.(invocation, 'undeliverable')
    expect(server.thinking(interaction)).toBe(false)
  })

  it('is none where Discord may refuse it, or it could not be noted', async () => {
    const url = 'https://ci.example.com/1.png'
    for (const reply of [
      file('a.txt', 'text'),
      card({ title: 'a', url }),
      card({ title: 'a', icon: url }),
      card({ title: 'a', buttons: [{ label: 'Open', url }] }),
    ])
      expect((await answer(reply)).ack).toBeUndefined()
    const store = { ...createMemoryStore(), set: () => Promise.reject(new Error('the store is away')) }
    await expect(answer(say('pong'), start({ store }))).rejects.toThrow('the store is away')
  })
})
