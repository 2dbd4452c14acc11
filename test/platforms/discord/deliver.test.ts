import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asDeliveryError } from '../../../src/delivery/retry-rule.js'
import { UnavailableError } from '../../../src/model/errors.js'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, say, whisper } from '../../../src/model/reply.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { commandData, type Discord, seen, startDiscord } from '../../fixtures/discord.js'
import { type BotOptions, type DiscordBot, startDiscordBot } from './bot.js'

describe('a reply', () => {
  let server: Discord
  let bot: DiscordBot
  const bots: DiscordBot[] = []
  const start = (options: BotOptions = {}) => {
    bot = startDiscordBot(server, { env: { DISCORD_BOT_TOKEN: server.botToken }, ...options })
    bots.push(bot)
    return bot
  }
  beforeEach(async () => {
    server = await startDiscord()
    start()
  })
  afterEach(async () => {
    await Promise.all(bots.splice(0).map((one) => one.close()))
    await server.close()
  })

  const ways = () => server.messages.map((one) => [one.by, seen(one), one.hidden])
  const over = (invocation: Invocation) => ({
    ...invocation,
    replyTo: { ...(invocation.replyTo as object), until: Date.now() - 1 },
  })
  const fails = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => asDeliveryError(error), // as the outbox does
    )

  it('takes the place of the deferred answer, and later ones follow it', async () => {
    const interaction = server.interaction()
    const invocation = await bot.take(interaction)
    expect(server.thinking(interaction)).toBe(true)
    for (const text of ['one', 'two', 'two', 'three']) await bot.platform.deliver(say(text), invocation)
    expect(server.thinking(interaction)).toBe(false)
    expect(ways()).toEqual([
      ['original', 'one', false],
      ['followup', 'two', false],
      ['followup', 'two', false],
      ['followup', 'three', false],
    ])
  })

  it('goes as the bot’s own where the interaction is refused without a reason', async () => {
    for (const status of [401, 403, 404]) {
      const invocation = await bot.take(server.interaction())
      server.instead(/PATCH .*@original/, { status, body: {} })
      await bot.platform.deliver(say(`after ${status}`), invocation)
    }
    expect(ways().map(([by, text]) => [by, text])).toEqual([401, 403, 404].map((status) => ['bot', `after ${status}`]))
  })

  it('finds its way with any token', async () => {
    const invocation = await bot.take(server.interaction({ token: '../odd/?#token' }))
    await bot.platform.deliver(say('one'), invocation)
    expect(ways()).toEqual([['original', 'one', false]])
  })

  it('that equals the first one is shown too', async () => {
    const invocation = await bot.take(server.interaction())
    for (const text of ['.', '.']) await bot.platform.deliver(say(text), invocation)
    expect(ways()).toEqual([
      ['original', '.', false],
      ['followup', '.', false],
    ])
  })

  it('that failed at first still takes the place, in another process too', async () => {
    const store = createMemoryStore()
    const invocation = await start({ store }).take(server.interaction())
    server.instead(/PATCH .*@original/, { status: 502 })
    expect(await fails(bot.platform.deliver(say('one'), invocation))).toMatchObject({ retryAdvice: { retry: true } })
    await start({ store }).platform.deliver(say('one'), invocation)
    await start({ store }).platform.deliver(say('two'), invocation)
    expect(ways().map(([by]) => by)).toEqual(['original', 'followup'])
  })

  it('is not written over by what another process says after a crash', async () => {
    const store = createMemoryStore()
    const invocation = await start({ store }).take(server.interaction())
    // It arrived, and nobody was left to note it.
    server.instead(/PATCH .*@original/, { status: 200, cut: true })
    expect(await fails(bot.platform.deliver(say('one'), invocation))).toMatchObject({ retryAdvice: { retry: true } })
    await start({ store }).platform.deliver(say('An answer was on its way'), invocation)
    expect(ways().map(([, text]) => text)).toEqual(['one', 'An answer was on its way'])
  })

  it('that is sent again after a broken connection takes the same place', async () => {
    const invocation = await bot.take(server.interaction())
    server.instead(/PATCH .*@original/, { status: 200, cut: true })
    await fails(bot.platform.deliver(say('one'), invocation))
    await bot.platform.deliver(say('one'), invocation)
    expect(ways()).toEqual([['original', 'one', false]])
  })

  it('for the caller alone is shown to nobody else, and leaves nothing in the room', async () => {
    const interaction = server.interaction()
    const invocation = await bot.take(interaction)
    await bot.platform.deliver(whisper('secret'), invocation)
    await bot.platform.deliver(say('public'), invocation)
    expect(server.thinking(interaction)).toBe(false)
    expect(ways()).toEqual([
      ['followup', 'secret', true],
      ['followup', 'public', false],
    ])
  })

  it('for the caller alone is never public while its message fails', async () => {
    const invocation = await bot.take(server.interaction())
    server.instead(/POST .*webhooks/, { status: 500 })
    await fails(bot.platform.deliver(whisper('secret'), invocation))
    expect(ways()).toEqual([['original', 'Answered to the caller alone.', false]])
    await bot.platform.deliver(whisper('secret'), invocation)
    expect(ways()).toEqual([['followup', 'secret', true]])
  })

  it('to help is the deferred answer itself, which only the caller sees', async () => {
    const interaction = server.interaction({ data: commandData('help') })
    const invocation = await bot.take(interaction)
    await bot.platform.deliver(whisper('/ping'), invocation)
    expect(server.calls(/./)).toHaveLength(1)
    expect(ways()).toEqual([['original', '/ping', true]])
  })

  it('for all, behind an answer that was deferred for the caller alone, is seen by all', async () => {
    const invocation = await bot.take(server.interaction({ data: commandData('help') }))
    await bot.platform.deliver(say('public'), invocation)
    await bot.platform.deliver(whisper('secret'), invocation)
    expect(ways()).toEqual([
      ['followup', 'public', false],
      ['followup', 'secret', true],
    ])
  })

  it('goes to the channel once the interaction is over, by the clock or by the service’s word', async () => {
    const interaction = server.interaction()
    const invocation = await bot.take(interaction)
    await bot.platform.deliver(say('late'), over(invocation))
    expect(server.calls(/webhooks/)).toHaveLength(0)
    server.expire(interaction)
    await bot.platform.deliver(say('later'), invocation)
    expect(ways()).toEqual([
      ['bot', 'late', false],
      ['bot', 'later', false],
    ])
    expect(server.messages.map((one) => one.channel)).toEqual(['1300000000000000003', '1300000000000000003'])
  })

  it('to a command in a thread stays in the thread, even if it is late', async () => {
    const thread = { channel_id: '1600000000000000006', channel: { id: '1600000000000000006', name: 'bugs', type: 11 } }
    const invocation = await bot.take(server.interaction(thread))
    expect(invocation.room).toMatchObject({ id: '1600000000000000006', name: 'bugs' })
    await bot.platform.deliver(say('here'), invocation)
    await bot.platform.deliver(say('late'), over(invocation))
    expect(server.messages.map((one) => one.channel)).toEqual(['1600000000000000006', '1600000000000000006'])
  })

  it('to the channel is one message, however often it is sent, and equal ones are two', async () => {
    const invocation = over(await bot.take(server.interaction()))
    server.instead(/POST .*channels/, { status: 200, cut: true })
    expect(await fails(bot.platform.deliver(say('late'), invocation))).toMatchObject({ retryAdvice: { retry: true } })
    await bot.platform.deliver(say('late'), invocation)
    expect(ways()).toEqual([['bot', 'late', false]])
    await bot.platform.deliver(say('late'), invocation)
    expect(ways()).toHaveLength(2)
  })

  it('for the caller alone goes to the caller’s own talk when the interaction is over', async () => {
    const invocation = over(await bot.take(server.interaction()))
    await bot.platform.deliver(whisper('secret'), invocation)
    expect(ways()).toEqual([['bot', 'secret', true]])
    server.closed.add(invocation.user.id)
    await bot.platform.deliver(whisper('aloud'), invocation)
    expect(server.messages[1]).toMatchObject({
      content: '<@1400000000000000004> aloud',
      hidden: false,
      mentions: { parse: [], users: ['1400000000000000004'] },
    })
  })

  it('is refused for good when the interaction is over and no bot token is set', async () => {
    start({ env: {} })
    const interaction = server.interaction()
    const invocation = await bot.take(interaction)
    server.expire(interaction)
    const failure = await fails(bot.platform.deliver(say('late'), invocation))
    expect(failure).toMatchObject({
      retryAdvice: { retry: false },
      message: expect.stringContaining('DISCORD_BOT_TOKEN'),
    })
  })

  it('that replaces an earlier one edits it, through the interaction and after it', async () => {
    const invocation = await bot.take(server.interaction())
    const progress = (text: string) => say(text, { updateKey: 'progress' })
    await bot.platform.deliver(say('begun'), invocation)
    for (const text of ['10 %', '50 %']) await bot.platform.deliver(progress(text), invocation)
    expect(ways().map(([, text]) => text)).toEqual(['begun', '50 %'])
    await bot.platform.deliver(progress('100 %'), over(invocation))
    expect(ways().map(([, text]) => text)).toEqual(['begun', '100 %'])
    expect(server.calls(/PATCH .*channels/)).toHaveLength(1)
  })

  it('that replaces what is gone, or what only the caller saw, is said anew', async () => {
    const invocation = await bot.take(server.interaction())
    const one = whisper('10 %', { updateKey: '__proto__' })
    await bot.platform.deliver(one, invocation)
    await bot.platform.deliver(whisper('20 %', { updateKey: '__proto__' }), over(invocation))
    expect(ways().map(([, text]) => text)).toEqual(['10 %', '20 %'])
    server.remove(server.messages[1]?.id ?? '')
    await bot.platform.deliver(whisper('30 %', { updateKey: '__proto__' }), invocation)
    expect(ways().map(([, text]) => text)).toEqual(['10 %', '30 %'])
  })

  it('for the caller alone never takes the place of what all see', async () => {
    const invocation = await bot.take(server.interaction())
    await bot.platform.deliver(say('public', { updateKey: 'x' }), invocation)
    await bot.platform.deliver(whisper('secret', { updateKey: 'x' }), invocation)
    await bot.platform.deliver(say('public again', { updateKey: 'x' }), invocation)
    expect(ways().map(([, text, hidden]) => [text, hidden])).toEqual([
      ['public', false],
      ['secret', true],
      ['public again', false],
    ])
  })

  it('that replaces a card or a file leaves nothing of it', async () => {
    const invocation = await bot.take(server.interaction())
    const buttons = [{ label: 'Go', command: '/go' }]
    await bot.platform.deliver(card({ title: 'Sure?', buttons }, { updateKey: 'x' }), invocation)
    expect(server.messages[0]?.components).toHaveLength(1)
    await bot.platform.deliver(file('a.csv', '1,2', { updateKey: 'x', type: 'text/csv' }), invocation)
    expect(server.messages[0]).toMatchObject({ embeds: [], components: [], files: [{ name: 'a.csv', text: '1,2' }] })
    await bot.platform.deliver(say('Done', { updateKey: 'x' }), invocation)
    expect(server.messages).toHaveLength(1)
    expect(server.messages[0]).toMatchObject({ content: 'Done', files: [] })
  })

  it('that stands where somebody deleted the deferred answer follows it', async () => {
    const interaction = server.interaction()
    const invocation = await bot.take(interaction)
    server.instead(/PATCH .*@original/, { status: 404, body: { code: 10_008 } })
    await bot.platform.deliver(say('one'), invocation)
    expect(ways().map(([, text]) => text)).toEqual(['one'])
  })

  it('waits as the service says, and with it everybody where it says so', async () => {
    const invocation = await bot.take(server.interaction())
    const limited = async (body: object, headers = {}) => {
      server.instead(/webhooks/, { status: 429, body, headers })
      return await fails(bot.platform.deliver(say('x'), invocation))
    }
    expect(await limited({ retry_after: 1.337, global: false, message: 'x' })).toMatchObject({
      retryAdvice: { retry: true, retryAfterMs: 1_337, installationWide: false },
    })
    expect(await limited({ retry_after: 64.57, global: true })).toMatchObject({
      retryAdvice: { retryAfterMs: 64_570, installationWide: true },
    })
    expect(await limited({}, { 'retry-after': '3', 'x-ratelimit-scope': 'global' })).toMatchObject({
      retryAdvice: { retryAfterMs: 3_000, installationWide: true },
    })
  })

  it('that finds a wrong bot token is refused for good', async () => {
    start({ env: { DISCORD_BOT_TOKEN: 'another' } })
    const invocation = over(await bot.take(server.interaction()))
    expect(await fails(bot.platform.deliver(say('x'), invocation))).toMatchObject({ retryAdvice: { retry: false } })
  })

  it('is tried again when the store cannot be reached', async () => {
    const store = { ...createMemoryStore(), get: () => Promise.reject(new UnavailableError('down', 2)) }
    const invocation = await start({ store }).take(server.interaction())
    expect(await fails(bot.platform.deliver(say('x'), invocation))).toMatchObject({ retryAdvice: { retry: true } })
  })

  it('leaves its tokens out of logs and messages of errors', async () => {
    const interaction = server.interaction()
    const invocation = await bot.take(interaction)
    const secrets = [String(interaction['token']), server.botToken]
    const told: unknown[] = [bot.lines]
    for (const status of [400, 401, 403, 404, 429, 500]) {
      server.instead(/webhooks/, { status })
      if ([401, 403, 404].includes(status)) server.instead(/channels/, { status })
      const error = await fails(bot.platform.deliver(say('x'), invocation))
      told.push(String(error), (error as Error).stack)
    }
    for (const secret of secrets) expect(JSON.stringify(told)).not.toContain(secret)
  })

  it('that Discord would refuse is never made', async () => {
    const invocation = await bot.take(server.interaction())
    const long = '*_~`|[]\n'.repeat(250)
    const replies = [
      say(long, { tone: 'bad', notify: true }),
      say(`<b>${long}</b>`, { format: 'html' }),
      say('<br>', { format: 'html' }),
      card({ title: ' ', text: long.repeat(5), fields: Array(40).fill({ label: long, value: long }) }),
      card({ title: 't', url: 'javascript:x', image: 'data:x', buttons: Array(30).fill({ label: '', command: '/x' }) }),
      file('', '', { text: long.slice(0, 1_000) }),
      file('../../"x"\r\n.csv', 'x'),
    ]
    for (const reply of replies) await bot.platform.deliver(reply, invocation)
    expect(server.messages).toHaveLength(replies.length)
  })

  it('that never came does not leave the room waiting', async () => {
    const interaction = server.interaction()
    await bot.platform.onInvocationEnd?.(await bot.take(interaction), 'done')
    await bot.platform.onInvocationEnd?.(await bot.take(server.interaction()), 'ignored')
    const refused = await bot.take(server.interaction())
    server.instead(/PATCH/, { status: 400 })
    await fails(bot.platform.deliver(say('x'), refused))
    await bot.platform.onInvocationEnd?.(refused, 'undeliverable')
    expect(server.thinking(interaction)).toBe(false)
    expect(ways().map(([, text]) => text)).toEqual([
      'Done.',
      'There is no such command here any more.',
      `This could not be answered here (id ${refused.id}).`,
    ])
  })

  it('that came stays as it is when the call ends', async () => {
    const store = createMemoryStore()
    const invocation = await start({ store }).take(server.interaction())
    server.instead(/PATCH .*@original/, { status: 200, cut: true })
    await fails(bot.platform.deliver(say('one'), invocation))
    await bot.platform.deliver(say('two'), invocation)
    await bot.platform.onInvocationEnd?.(invocation, 'interrupted')
    expect(ways().map(([, text]) => text)).toEqual(['one', 'two'])
  })
})
