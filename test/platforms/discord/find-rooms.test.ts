import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, say, whisper } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { type Discord, startDiscord } from '../../fixtures/discord.js'
import { postedTo } from '../../fixtures/posted.js'
import { type DiscordBot, startDiscordBot } from './bot.js'

describe('Discord channels that a sender posts to', () => {
  let server: Discord
  let bot: DiscordBot
  let now: number
  const [guild, general] = ['1200000000000000002', '1300000000000000003']
  beforeEach(async () => {
    now = Date.now()
    server = await startDiscord()
    const store = createMemoryStore({ now: () => now })
    bot = startDiscordBot(server, { env: { DISCORD_BOT_TOKEN: server.botToken }, store })
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })
  const find = async (idOrName: string) => {
    const found: ReplyTarget[] = []
    for await (const target of bot.platform.findRooms?.(idOrName) ?? []) found.push(target)
    return found
  }
  const only = async (idOrName: string) => {
    const [target] = await find(idOrName)
    if (!target) throw new Error(`no ${idOrName}`)
    return target
  }

  it('are found by id and by name, whatever its case', async () => {
    const room = { id: general, name: 'general' }
    const target = { installation: guild, room, replyTo: { channelId: general } }
    expect(await find(general)).toEqual([{ ...target, tenant: { id: guild } }])
    expect(await find('General')).toEqual([{ ...target, tenant: { id: guild, name: 'Example' } }])
  })

  it('of one name are found in all guilds that the bot is in, however many', async () => {
    for (let count = 1; count <= 250; count++) {
      const id = String(1_200_000_000_000_001_000n + BigInt(count))
      server.guilds.push({ id, name: `Guild ${count}` })
      server.channels.push({ id: `${id}9`, guild_id: id, name: count % 50 === 0 ? 'ops' : 'other', type: 5 })
    }
    expect((await find('ops')).map(({ tenant }) => tenant.name)).toEqual(
      [50, 100, 150, 200, 250].map((n) => `Guild ${n}`),
    )
  })

  it('are those of text: threads by their id, and no voice channel, category or forum', async () => {
    const thread = { id: '1300000000000000010', guild_id: guild, name: 'fix', type: 11, parent_id: general }
    server.channels.push(thread)
    for (const [at, type] of [2, 4, 13, 15].entries()) {
      server.channels.push({ id: `130000000000000002${at}`, guild_id: guild, name: 'general', type })
      expect(await find(`130000000000000002${at}`), `type ${type}`).toEqual([])
    }
    expect(await find('general')).toHaveLength(1)
    const room = { id: thread.id, name: 'fix', untrustedName: true, parent: general }
    expect(await find(thread.id)).toMatchObject([{ installation: guild, room }])
    expect(await find('fix')).toEqual([])
  })

  it('are none where there is no such', async () => {
    for (const unknown of ['1999999999999999999', 'nowhere', '../users', ' ', '']) {
      expect(await find(unknown), unknown).toEqual([])
    }
    expect(server.calls(/\.\./)).toEqual([])
    server.received.splice(0)
    for (const noName of [' ', 'x'.repeat(101)]) expect(await find(noName)).toEqual([])
    expect(server.received).toEqual([])
    server.instead(/guilds\/\d+\/channels/, { status: 404, body: { code: 10_004 } })
    expect(await find('general')).toEqual([])
  })

  it('cannot be known while Discord does not answer, or one of the guilds cannot be asked', async () => {
    server.instead(/^GET .*\/channels\//, { status: 500 })
    await expect(find(general)).rejects.toMatchObject({ retryAdvice: { retry: true } })
    server.guilds.push({ id: '1200000000000000009', name: 'Other' })
    server.instead(/guilds\/\d+\/channels/, { status: 503 })
    await expect(find('general')).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })

  it('are not looked for without a bot token', async () => {
    const mute = startDiscordBot(server)
    expect(mute.platform.findRooms).toBeUndefined()
    await mute.close()
  })

  it('get what is posted, changed in place for thirty days', async () => {
    const posted = postedTo(await only('general'), 'discord')
    await bot.platform.deliver(card({ title: 'Disk full' }, { updateKey: 'disk' }), posted)
    now += 29 * 86_400_000
    await bot.platform.deliver(card({ title: 'Disk fine' }, { updateKey: 'disk' }), posted)
    expect(server.messages).toMatchObject([{ channel: general, by: 'bot', embeds: [{ title: 'Disk fine' }] }])
    now += 31 * 86_400_000
    await bot.platform.deliver(card({ title: 'Disk full again' }, { updateKey: 'disk' }), posted)
    expect(server.messages).toHaveLength(2)
  })

  it('get what is posted without a word to its sender, whisper or mention', async () => {
    const posted = postedTo(await only('general'), 'discord')
    await bot.platform.deliver(say('<@14> @everyone', { notify: true }), posted)
    expect(server.messages).toMatchObject([{ content: '\\<@14> @everyone', mentions: { parse: [] } }])
    await expect(bot.platform.deliver(whisper('psst'), posted)).rejects.toMatchObject({ retryAdvice: { retry: false } })
    expect(server.calls(/users\/@me\/channels/)).toEqual([])
    expect(server.messages).toHaveLength(1)
  })
})
