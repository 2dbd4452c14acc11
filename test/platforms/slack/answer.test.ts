import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import type { WebhookRequest } from '../../../src/platforms/platform.js'
import { eventBody, pressForm, type Slack, seen, signed, slashForm, startSlack } from '../../fixtures/slack.js'
import { type SlackBot, startSlackBot } from './bot.js'

describe('an answer in the acknowledgement of Slack', () => {
  let far: Slack
  let bot: SlackBot
  const form = slashForm('/ping')
  beforeEach(async () => {
    far = await startSlack()
    bot = await startSlackBot(far)
  })
  afterEach(async () => {
    await bot.close()
    await far.close()
  })

  async function answer(reply: Reply, request: WebhookRequest = signed('/commands', form)) {
    const verified = await bot.platform.verify(request)
    const { invocation } = bot.platform.decode(verified)
    if (!invocation) throw new Error('nothing was asked')
    return (await bot.platform.answer?.(reply, verified, invocation))?.body
  }

  it('is seen by the room, or by the caller alone, and takes no request', async () => {
    far.acked(form, await answer(say('pong')))
    far.acked(form, await answer(whisper('psst')))
    far.acked(form, await answer(card({ title: 'Deploy', buttons: [{ label: 'History', command: '/history' }] })))
    expect(far.messages).toMatchObject([
      { via: 'ack', channel: 'C0001', body: { text: 'pong', mrkdwn: false } },
      { via: 'ack', channel: 'C0001', onlyFor: 'U0001' },
      { via: 'ack', channel: 'C0001' },
    ])
    expect(far.messages[0]).not.toHaveProperty('onlyFor')
    expect(far.messages.map(seen).join()).toContain('Deploy')
    expect(far.calls(/commands|chat/)).toEqual([])
  })

  it('is none where Slack may refuse it: files, pictures, buttons that open an address', async () => {
    const url = 'https://ci.example.com/1.png'
    for (const reply of [
      file('a.txt', 'text'),
      card({ title: 'a', image: url }),
      card({ title: 'a', icon: url }),
      card({ title: 'a', buttons: [{ label: 'Open', url }] }),
    ])
      expect(await answer(reply)).toBeUndefined()
    expect(await answer(card({ title: 'a', url, fields: [{ label: 'b', value: 'c', url }] }))).toBeDefined()
  })

  it('is none where Slack reads none: for buttons and messages', async () => {
    expect(await answer(say('pong'), signed('/interactivity', pressForm('/ping')))).toBeUndefined()
    expect(await answer(say('pong'), signed('/events', eventBody({ type: 'message', text: '!ping' })))).toBeUndefined()
  })
})
