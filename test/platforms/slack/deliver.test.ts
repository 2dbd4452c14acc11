import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, file, say, whisper } from '../../../src/model/reply.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { eventBody, pressForm, type Slack, seen, signed, startSlack } from '../../fixtures/slack.js'
import { type SlackBot, startSlackBot } from './bot.js'

describe('deliver', () => {
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

  const ways = () => far.messages.map(({ via, channel }) => `${via} ${channel}`)

  it('answers by the response_url, to the room or to the caller alone', async () => {
    const invocation = await bot.type('/ping')
    await bot.platform.deliver(say('pong'), invocation)
    await bot.platform.deliver(whisper('psst'), invocation)
    expect(far.messages).toMatchObject([
      { via: 'response_url', channel: 'C0001', body: { text: 'pong', mrkdwn: false } },
      { via: 'response_url', channel: 'C0001', onlyFor: 'U0001', body: { text: 'psst' } },
    ])
    expect(far.messages[0]).not.toHaveProperty('onlyFor')
  })

  it('goes on with the bot after four posts, and loses none of twelve', async () => {
    const invocation = await bot.type('/count')
    for (let number = 1; number <= 12; number++) await bot.platform.deliver(say(`${number}`), invocation)
    expect(far.messages.map(seen)).toEqual(Array.from({ length: 12 }, (_, at) => `${at + 1}`))
    expect(ways()).toEqual([...Array(4).fill('response_url C0001'), ...Array(8).fill('bot C0001')])
  })

  it('counts the posts of all processes together', async () => {
    const other = await startSlackBot(far, { store: bot.store })
    const invocation = await bot.type('/count')
    await Promise.all(
      Array.from({ length: 8 }, (_, at) => [bot, other][at % 2]?.platform.deliver(say(`${at}`), invocation)),
    )
    expect(ways().filter((way) => way === 'response_url C0001')).toHaveLength(4)
    expect(far.messages).toHaveLength(8)
    await other.close()
  })

  it('leaves the first post to the process that took a call in, and counts the others for who takes it up', async () => {
    const invocation = await bot.type('/count')
    await bot.platform.deliver(say('0'), invocation)
    const takenUp = structuredClone(invocation)
    for (let number = 1; number <= 6; number++) await bot.platform.deliver(say(`${number}`), takenUp)
    expect(ways()).toEqual([...Array(4).fill('response_url C0001'), ...Array(3).fill('bot C0001')])
  })

  it('has one first post, though the same call comes in again', async () => {
    const form = { trigger_id: '1.2.a', response_url: far.responseUrl() }
    const invocation = await bot.type('/count', form)
    await bot.platform.deliver(say('0'), invocation)
    expect((await bot.type('/count', form)).id).toBe(invocation.id)
    for (let number = 1; number <= 4; number++) await bot.platform.deliver(say(`${number}`), invocation)
    expect(ways()).toEqual([...Array(4).fill('response_url C0001'), 'bot C0001'])
  })

  it('writes nothing into the store for the first answer', async () => {
    const written: string[] = []
    const store = { ...createMemoryStore(), add: async (key: string) => written.push(key) > 0 }
    const other = await startSlackBot(far, { store })
    const invocation = await other.type('/ping')
    written.length = 0
    await other.platform.deliver(say('pong'), invocation)
    expect(written).toHaveLength(0)
    await other.platform.deliver(say('pong'), invocation)
    expect(written).toHaveLength(1)
    await other.close()
  })

  it('keeps the last post for a room that the bot may not speak in, then speaks to the caller', async () => {
    far.channels.set('C0001', 'stranger')
    const invocation = await bot.type('/count')
    for (let number = 1; number <= 7; number++) await bot.platform.deliver(say(`${number}`), invocation)
    expect(ways()).toEqual([...Array(5).fill('response_url C0001'), 'bot U0001', 'bot U0001'])
    expect(far.messages.at(-1)?.body).toMatchObject({ text: '(<#C0001>) 7' })
  })

  it('uses no response_url that has expired, by our clock or by theirs', async () => {
    const late = { ...(await bot.type('/ping')), at: Date.now() - 29 * 60_000 }
    await bot.platform.deliver(say('late'), late)
    expect(far.calls(/^\/commands/)).toHaveLength(0)
    const expired = await bot.type('/ping', { response_url: far.responseUrl({ expired: true }) })
    await bot.platform.deliver(say('one'), expired)
    await bot.platform.deliver(say('two'), expired)
    expect(far.calls(/^\/commands/)).toHaveLength(1)
    expect(far.messages.map(seen)).toEqual(['late', 'one', 'two'])
  })

  it('never shows a whisper to the room', async () => {
    far.channels.set('C0001', 'stranger')
    const invocation = await bot.type('/secret')
    for (let number = 1; number <= 7; number++) await bot.platform.deliver(whisper(`${number}`), invocation)
    expect(far.messages.every(({ onlyFor, channel }) => onlyFor === 'U0001' || channel === 'U0001')).toBe(true)
    expect(far.messages).toHaveLength(7)
    far.channels.set('C0001', 'member')
    await bot.platform.deliver(whisper('8'), { ...invocation, at: 0 })
    expect(far.messages.at(-1)).toMatchObject({ via: 'bot', channel: 'C0001', onlyFor: 'U0001' })
  })

  it('edits an earlier reply with the same update key', async () => {
    const invocation = await bot.type('/deploy')
    await bot.platform.deliver(say('Shipping…', { updateKey: 'state' }), invocation)
    await bot.platform.deliver(say('Other'), invocation)
    await bot.platform.deliver(say('Shipped.', { updateKey: 'state', tone: 'good' }), invocation)
    await bot.platform.deliver(say('Done.', { updateKey: 'state' }), invocation)
    expect(far.messages.map(seen)).toEqual(['Done.', 'Other'])
    expect(far.messages[0]).toMatchObject({
      edits: 2,
      body: { text: 'Done.', attachments: [], blocks: [], parse: 'none' },
    })
    const editable = [say('x'), card({ title: 'x' }), whisper('x')].map((reply) => bot.platform.canEdit?.(reply))
    expect(editable).toEqual([true, true, false])
  })

  it('says it anew where it cannot be changed', async () => {
    const invocation = await bot.type('/deploy')
    await bot.platform.deliver(say('one', { updateKey: 'state' }), invocation)
    await bot.platform.deliver(say('&'.repeat(3_000), { updateKey: 'state' }), invocation)
    far.messages.splice(0)
    await bot.platform.deliver(say('three', { updateKey: 'state' }), invocation)
    expect(far.messages.map(seen)).toEqual(['three'])
    far.channels.set('C0001', 'stranger')
    await bot.platform.deliver(say('four', { updateKey: 'other' }), invocation)
    expect(ways()).toEqual(['bot C0001', 'response_url C0001'])
  })

  it('stays in the thread that it was asked in', async () => {
    const body = eventBody({ type: 'message', text: '!ping', thread_ts: '1700000000.1' })
    const { invocation } = await enter(bot.platform, signed('/events', body))
    if (!invocation) throw new Error('nothing was asked')
    await bot.platform.deliver(say('pong'), invocation)
    await bot.platform.deliver(whisper('psst'), invocation)
    expect(far.messages).toMatchObject([
      { via: 'bot', channel: 'C0001', thread: '1700000000.1' },
      { via: 'bot', channel: 'C0001', thread: '1700000000.1', onlyFor: 'U0001' },
    ])
  })

  it('answers a pressed button beside its message, not in place of it', async () => {
    const form = pressForm('/ping', { response_url: far.responseUrl({ user: 'U0002' }) })
    const { invocation } = await enter(bot.platform, signed('/interactivity', form))
    if (!invocation) throw new Error('nothing was asked')
    await bot.platform.deliver(say('pong'), invocation)
    expect(JSON.parse(far.calls(/^\/commands/)[0]?.body ?? '')).toMatchObject({
      replace_original: false,
      response_type: 'in_channel',
    })
  })

  it('uploads files, and shows their text if it may not', async () => {
    const invocation = await bot.type('/report')
    const report = file('report.csv', 'a,b\n1,<2>\n', { type: 'text/csv', text: 'Here & now' })
    await bot.platform.deliver(report, invocation)
    expect(far.messages).toMatchObject([
      { via: 'file', channel: 'C0001', body: { file: 'report.csv', initial_comment: 'Here &amp; now' } },
    ])
    far.channels.set('C0001', 'stranger')
    await bot.platform.deliver(report, invocation)
    expect(far.messages.at(-1)).toMatchObject({ via: 'response_url' })
    expect(far.messages.map(seen).at(-1)).toContain('1,<2>')
    await bot.platform.deliver({ ...report, audience: 'caller' }, invocation)
    expect(far.messages.at(-1)).toMatchObject({ onlyFor: 'U0001' })
  })

  it('shows a card as text where its blocks are refused', async () => {
    const invocation = await bot.type('/card')
    far.instead(/^\/commands/, { status: 400, body: 'invalid_blocks' })
    const shown = card({
      title: 'Build',
      image: 'https://example.com/gone.png',
      fields: [{ label: 'On', value: 'main' }],
    })
    await bot.platform.deliver(shown, invocation)
    expect(far.messages.map(seen)).toEqual(['*Build*\n*On* main\n<https://example.com/gone.png>'])
  })

  it('waits for the whole workspace where a method is limited, and for nobody else where a url is', async () => {
    const invocation = { ...(await bot.type('/ping')), at: 0 }
    const fail = async (answer: Parameters<Slack['instead']>[1], asked = invocation) => {
      far.instead(/./, answer)
      return await bot.platform.deliver(say('pong'), asked).catch((error: unknown) => error)
    }
    const limited = { retry: true, retryAfterMs: 30_000, installationWide: true }
    expect(await fail({ status: 429, headers: { 'retry-after': '30' } })).toMatchObject({ retryAdvice: limited })
    expect(await fail({ body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': '30' } })).toMatchObject({
      retryAdvice: limited,
    })
    const handled = await bot.type('/ping')
    expect(await fail({ status: 429, headers: { 'retry-after': '30' } }, handled)).toMatchObject({
      retryAdvice: { retry: true, retryAfterMs: 30_000, installationWide: false },
    })
  })

  it('gives back a post that was not taken', async () => {
    const invocation = await bot.type('/ping')
    far.instead(/^\/commands/, { status: 503 }, 20)
    for (let attempt = 0; attempt < 20; attempt++) {
      await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toMatchObject({
        retryAdvice: { retry: true },
      })
    }
    for (let number = 1; number <= 4; number++) await bot.platform.deliver(say(`${number}`), invocation)
    expect(ways()).toEqual(Array(4).fill('response_url C0001'))
  })

  it.each(['channel_not_found', 'is_archived', 'not_in_channel', 'invalid_auth', 'missing_scope'])(
    'gives up after %s, once no way is left',
    async (error) => {
      const invocation = { ...(await bot.type('/ping')), at: 0 }
      far.instead(/./, { body: { ok: false, error } }, 2)
      await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toMatchObject({
        message: `chat.postMessage: ${error}`,
        retryAdvice: { retry: false },
      })
    },
  )

  it.each(['account_inactive', 'token_revoked'])('counts as uninstalled after %s', async (error) => {
    const invocation = { ...(await bot.type('/ping')), at: 0 }
    far.instead(/./, { body: { ok: false, error } }, 2)
    await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toMatchObject({
      message: `chat.postMessage: ${error}`,
      retryAdvice: { retry: false, uninstalled: true },
    })
  })

  it.each(['internal_error', 'fatal_error', 'service_unavailable'])('tries again after %s', async (error) => {
    const invocation = { ...(await bot.type('/ping')), at: 0 }
    far.instead(/./, { body: { ok: false, error } })
    await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })

  it('tries again where nobody listens', async () => {
    const invocation = await bot.type('/ping')
    await far.close()
    await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toMatchObject({ retryAdvice: { retry: true } })
    far = await startSlack()
  })

  it('speaks as the bot where the response_url cannot be reached, and by it again where the bot may not', async () => {
    const url = 'http://127.0.0.1:1/commands/x' // nobody listens at this port
    const invocation = await bot.type('/ping', { response_url: url })
    for (let count = 0; count < 6; count++) await bot.platform.deliver(say('pong'), invocation)
    expect(ways()).toEqual(Array(6).fill('bot C0001'))
    far.instead(/chat/, { body: { ok: false, error: 'not_in_channel' } }, 2)
    await expect(bot.platform.deliver(say('pong'), invocation)).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })

  it('posts to no address that is not the public web', async () => {
    for (const url of [
      'http://hooks.example.com/x',
      'https://10.0.0.1/x',
      'https://[fd00::1]/x',
      'file:///etc/passwd',
      'x',
    ]) {
      const invocation = await bot.type('/ping', { response_url: url })
      await bot.platform.deliver(say('pong'), invocation)
    }
    expect(ways()).toEqual(Array(5).fill('bot C0001'))
  })

  it('writes neither tokens, nor response_urls, nor texts into the log', async () => {
    const invocation = await bot.type('/ping hush')
    far.instead(/./, { status: 404 }, 4)
    const failure = await bot.platform.deliver(say('private words'), invocation).catch((error: unknown) => error)
    const written = `${bot.lines.join('\n')} ${failure instanceof Error ? `${failure.message} ${failure.stack}` : ''}`
    expect(failure).toBeInstanceOf(Error)
    for (const secret of ['xoxb-', '/commands/T0001', 'private words', 'hush']) expect(written).not.toContain(secret)
  })
})
