import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextPauseMs } from '../../../src/delivery/retry-rule.js'
import { splitReply } from '../../../src/delivery/split.js'
import type { DeliveryError } from '../../../src/model/errors.js'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import { textLimit } from '../../../src/platforms/teams/wire.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { channelId, seen, startTeams, type Teams, userId } from '../../fixtures/teams.js'
import { startTeamsBot, type TeamsBot, toRequest } from './bot.js'

let server: Teams
let bot: TeamsBot
beforeEach(async () => {
  server = await startTeams()
  bot = startTeamsBot(server)
})
afterEach(async () => {
  await bot.close()
  await server.close()
})

const personal = () => ({ id: 'a:1', conversationType: 'personal', tenantId: server.tenantId })

async function answer(...replies: readonly Reply[]): Promise<void> {
  const invocation = await bot.take(server.activity())
  for (const reply of replies) await bot.platform.deliver(reply, invocation)
}

async function failure(status: number, body?: unknown): Promise<DeliveryError> {
  const invocation = await bot.take(server.activity())
  server.instead(/activities/, { status, body })
  return (await bot.platform.deliver(say('x'), invocation).catch((error: unknown) => error)) as DeliveryError
}

describe('a reply', () => {
  it('goes into the thread of the command', async () => {
    const activity = server.activity()
    await bot.platform.deliver(say('web 2.4 is out'), await bot.take(activity))
    expect(server.messages).toMatchObject([{ conversation: `${channelId};messageid=${activity['id']}` }])
    expect(server.messages.map(seen)).toEqual(['web 2.4 is out'])
  })

  it('is shown as it was typed, markup, blanks and line ends too', async () => {
    const text = '<b>no</b> *no* [no](x)\n  two  blanks & <at>all</at>\n\n&lt;'
    await answer(say(text))
    expect(server.messages.map(seen)).toEqual([text])
    expect(server.messages[0]?.text).not.toContain('<b>')
  })

  it('is shown as HTML where it is that, in the elements that Teams has', async () => {
    const html =
      '<p><strong>web</strong> &amp; <em>api</em> are <a href="https://x.example/?a=1&amp;b=2">out</a></p><table><tr><td>x</td></tr></table>'
    await answer(say(`${html}<ul><li>one</li></ul><pre>a\n  b</pre><script>x()</script>`, { format: 'html' }))
    const text = server.messages[0]?.text ?? ''
    for (const part of [
      '<b>web</b> &amp; <i>api</i>',
      '<a href="https://x.example/?a=1&amp;b=2">out</a>',
      '• one',
      '<pre>a&#10;  b</pre>',
    ])
      expect(text).toContain(part)
  })

  it('of 100,000 emoji arrives whole, in pieces that Teams takes', async () => {
    const text = '😀'.repeat(100_000)
    await answer(...splitReply(say(text), textLimit))
    expect(server.messages.map(seen).join('')).toBe(text)
    expect(server.messages.length).toBeLessThan(60)
  })

  it('of what takes most room when it is written arrives whole', async () => {
    for (const sign of ['"', '&', ' ', '\n', '\u0007', '﷽']) await answer(say(`x${sign.repeat(textLimit - 2)}x`))
    expect(server.messages).toHaveLength(6)
  })

  it('mentions its caller where it is to sound', async () => {
    await answer(say('look', { notify: true }))
    expect(server.messages).toMatchObject([
      { text: '<at>Kim Lee</at> look', entities: [{ type: 'mention', mentioned: { id: userId } }] },
    ])
    expect(server.calls(/^POST .*activities/).at(-1)?.body).toMatchObject({
      channelData: { notification: { alert: true } },
    })
  })

  it('with a file shows pictures, and what can be read, and names others', async () => {
    const png = Buffer.from('89504e470d0a1a0a', 'hex')
    await answer(file('graph.png', png, { type: 'image/png', text: 'Load' }))
    await answer(file('log.txt', 'a <b>\n  b'), file('core', png, { type: 'application/octet-stream' }))
    expect(server.messages[0]).toMatchObject({
      text: 'Load',
      attachments: [{ contentType: 'image/png', name: 'graph.png' }],
    })
    expect(server.messages[1]?.text).toBe('<b>log.txt</b><pre>a &lt;b&gt;&#10;  b</pre>')
    expect(seen(server.messages[2] ?? { text: '', attachments: [] })).toBe('core (8 bytes)')
  })

  it('with a card of over 28,000 bytes is drawn as far as it goes', async () => {
    const big = { title: 'x', text: 'é'.repeat(40_000), fields: [{ label: 'l', value: '😀'.repeat(9_000) }] }
    await answer(card(big))
    const [shown] = server.messages
    const left = bot.platform.cardOverflow?.(big) ?? ''
    expect(seen(shown ?? { text: '', attachments: [] }).length + left.length).toBeGreaterThan(40_000)
  })
})

describe('a later reply of the same name', () => {
  it('replaces the earlier one, even from another process', async () => {
    const store = createMemoryStore()
    const bots = [startTeamsBot(server, { store }), startTeamsBot(server, { store })]
    const [one, other] = bots
    const invocation = await bot.take(server.activity())
    await one?.platform.deliver(say('10 %', { updateKey: 'p' }), invocation)
    await other?.platform.deliver(say('90 %', { updateKey: 'p' }), invocation)
    await other?.platform.deliver(card({ title: 'Done' }, { updateKey: 'p' }), invocation)
    expect(server.messages.map(seen)).toEqual(['Done'])
    expect(server.messages[0]?.text).toBe('')
    for (const each of bots) await each.close()
  })

  it('is said anew where that is gone', async () => {
    const invocation = await bot.take(server.activity())
    await bot.platform.deliver(say('10 %', { updateKey: 'p' }), invocation)
    server.remove(server.messages[0]?.id ?? '')
    await bot.platform.deliver(say('90 %', { updateKey: 'p' }), invocation)
    await bot.platform.deliver(say('99 %', { updateKey: 'p' }), invocation)
    expect(server.messages.map(seen)).toEqual(['99 %'])
  })

  it('is said anew where the service gave the earlier one no id', async () => {
    const invocation = await bot.take(server.activity())
    server.instead(/activities/, { status: 202 })
    await bot.platform.deliver(say('10 %', { updateKey: 'p' }), invocation)
    await bot.platform.deliver(say('90 %', { updateKey: 'p' }), invocation)
    expect(server.messages.map(seen)).toEqual(['90 %'])
  })

  it('is not written into what all see where it is for the caller alone', async () => {
    await answer(say('for all', { updateKey: 'p' }), whisper('for one', { updateKey: 'p' }))
    expect(server.messages).toMatchObject([
      { text: 'for all', target: undefined },
      { text: 'for one', target: userId },
    ])
  })

  it('takes the place of one for the caller alone, and stays that', async () => {
    await answer(whisper('10 %', { updateKey: 'p' }), whisper('90 %', { updateKey: 'p' }))
    expect(server.messages).toMatchObject([{ text: '90 %', target: userId }])
  })
})

describe('a reply for the caller alone', () => {
  it('is seen by nobody else in the room', async () => {
    await answer(whisper('psst'))
    expect(server.messages).toMatchObject([
      { text: 'psst', target: userId, conversation: expect.stringContaining(channelId) },
    ])
  })

  it('goes to their private chat where the room takes none such', async () => {
    const activity = server.activity()
    const invocation = await bot.take(activity)
    server.untargeted.add(`${channelId};messageid=${activity['id']}`)
    await bot.platform.deliver(whisper('psst'), invocation)
    expect(server.messages).toMatchObject([
      { text: 'psst', target: undefined, conversation: expect.stringMatching(/^a:/) },
    ])
  })

  it('is said aloud, to them by name, where that is closed too', async () => {
    const activity = server.activity()
    const invocation = await bot.take(activity)
    server.untargeted.add(`${channelId};messageid=${activity['id']}`)
    server.closed.add(userId)
    await bot.platform.deliver(whisper('psst'), invocation)
    expect(server.messages).toMatchObject([
      { text: '<at>Kim Lee</at> psst', conversation: expect.stringContaining(channelId) },
    ])
  })

  it('is not said aloud because the service is in trouble', async () => {
    const invocation = await bot.take(server.activity())
    server.instead(/isTargetedActivity/, { status: 503 })
    await expect(bot.platform.deliver(whisper('psst'), invocation)).rejects.toMatchObject({
      retryAdvice: { retry: true },
    })
    expect(server.messages).toEqual([])
  })

  it('is a message like any other in private', async () => {
    const invocation = await bot.take(server.activity({ conversation: personal(), text: 'x', entities: [] }))
    await bot.platform.deliver(whisper('psst'), invocation)
    expect(server.messages).toMatchObject([{ text: 'psst', target: undefined, conversation: 'a:1' }])
  })

  it('is not said where nobody asked', async () => {
    const invocation = { ...(await bot.take(server.activity())), scheduled: 'standup' }
    await expect(bot.platform.deliver(whisper('psst'), invocation)).rejects.toMatchObject({
      retryAdvice: { retry: false },
    })
  })
})

describe('a call that the service did not take', () => {
  it.each([412, 429, 500, 502, 503, 504])('is made again after %i, after a pause left to chance', async (status) => {
    const { retryAdvice } = await failure(status)
    const pauses = [0, 1].map((random) => nextPauseMs(retryAdvice, 3, 0, { random: () => random }))
    expect(pauses[0]).toBeLessThan(pauses[1] ?? 0)
  })

  it.each([400, 403, 404, 413])('is not made again after %i, and the log hears why', async (status) => {
    const error = await failure(status, { error: { code: 'BotNotInConversationRoster', message: 'secret' } })
    expect(error).toMatchObject({ retryAdvice: { retry: false }, reason: 'BotNotInConversationRoster' })
    expect(error.message).not.toContain('secret')
  })

  it('holds up no other conversation', async () => {
    expect((await failure(429)).retryAdvice).toMatchObject({ installationWide: false })
  })
})

describe('the token that the bot answers with', () => {
  it('is asked for once, encrypted where it is kept, and in no log', async () => {
    await answer(say('one'), say('two'))
    expect(server.calls(/oauth2/)).toHaveLength(1)
    const token = String(server.calls(/activities/)[0]?.headers.authorization).replace('Bearer ', '')
    expect(token).toMatch(/^access\./)
    const kept: string[] = []
    for await (const [key, value] of bot.store.list('')) kept.push(`${key} ${JSON.stringify(value)}`)
    expect(kept.join()).toContain('token/teams')
    expect(kept.join() + bot.lines.join()).not.toContain(token)
    expect(kept.join() + bot.lines.join()).not.toContain(server.password)
  })

  it('is asked for anew where the service takes it no more', async () => {
    await answer(say('one'))
    server.revokeTokens()
    await answer(say('two'))
    expect(server.messages.map(seen)).toEqual(['one', 'two'])
    expect(server.calls(/oauth2/)).toHaveLength(2)
  })

  it('comes from the app’s tenant, or from the service’s own where the app is for all', async () => {
    await answer(say('one'))
    const open = startTeamsBot(server, { env: { TEAMS_TENANT_ID: '' } })
    await open.platform.deliver(say('two'), await open.take(server.activity()))
    await open.close()
    const paths = server.calls(/oauth2/).map(({ path }) => path.split('/')[1])
    expect(paths).toEqual([server.tenantId, 'botframework.com'])
  })

  it('is not had with a wrong secret: the log names the setting, and no secret', async () => {
    const wrong = startTeamsBot(server, { env: { TEAMS_APP_PASSWORD: 'another~password' } })
    const invocation = await wrong.take(server.activity())
    const error = await wrong.platform.deliver(say('x'), invocation).catch((error: unknown) => error as DeliveryError)
    expect(error).toMatchObject({
      retryAdvice: { retry: false },
      message: expect.stringContaining('TEAMS_APP_PASSWORD'),
    })
    expect(String(error)).not.toContain('another~password')
    await wrong.close()
  })

  it('is not sent to a network of ours, nor without https', async () => {
    const invocation = await bot.take(server.activity())
    for (const serviceUrl of [
      'https://10.0.0.1/',
      'https://[fd00::1]/',
      'http://smba.example.com/',
      'https://192.168.0.1:8443/x',
    ]) {
      const elsewhere = { ...invocation, replyTo: { ...(invocation.replyTo as object), serviceUrl } }
      await expect(bot.platform.deliver(say('x'), elsewhere), serviceUrl).rejects.toThrow(/is not allowed/)
    }
  })

  it('is not sent where an activity came without one', async () => {
    const env = { TEAMS_ALLOW_UNSIGNED: 'yes' }
    const open = startTeamsBot(server, { env, baseUrl: 'http://localhost:3000' })
    const body = JSON.stringify(server.activity())
    const request = toRequest({ body, headers: { host: 'localhost:3000' } })
    const { invocation } = open.platform.decode(await open.platform.verify(request))
    if (!invocation) throw new Error('nothing was asked')
    await open.platform.deliver(say('x'), invocation).catch(() => undefined)
    expect(server.calls(/activities/).map(({ headers }) => headers.authorization)).toEqual([undefined])
    expect(server.calls(/oauth2/)).toEqual([])
    await open.close()
  })
})
