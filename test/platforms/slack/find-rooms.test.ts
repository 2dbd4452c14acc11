import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, say, whisper } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { postedTo } from '../../fixtures/posted.js'
import { type Slack, startSlack } from '../../fixtures/slack.js'
import { type SlackBot, startSlackBot } from './bot.js'

describe('Slack channels that a sender posts to', () => {
  let far: Slack
  let bot: SlackBot
  let now: number
  beforeEach(async () => {
    far = await startSlack()
    now = Date.now()
    bot = await startSlackBot(far, { store: createMemoryStore({ now: () => now }) })
    for (const [id, name] of [
      ['C0001', 'ops'],
      ['C0002', 'lobby'],
      ['C0003', 'builds'],
    ] as const) {
      far.rooms.set(id, { name })
      far.channels.set(id, 'member')
    }
    far.rooms.set('G0004', { name: 'secret', private: true })
    far.rooms.set('C0005', { name: 'old', archived: true })
  })
  afterEach(async () => {
    await bot.close()
    await far.close()
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

  it('are found by id, with the name that Slack has for it', async () => {
    const tenant = { id: 'T0001', name: 'Example' }
    const room = { id: 'C0002', name: 'lobby' }
    expect(await find('C0002')).toEqual([{ installation: 'T0001', tenant, room, replyTo: { channelId: 'C0002' } }])
    expect(await find('G0004')).toMatchObject([{ room: { id: 'G0004', name: 'secret' } }])
  })

  it('are found by name, however many pages there are and whatever its case', async () => {
    expect(await find('Builds')).toMatchObject([{ room: { id: 'C0003', name: 'builds' } }])
    expect(await find('secret')).toMatchObject([{ room: { id: 'G0004', name: 'secret' } }])
    expect(far.calls(/conversations.list/).length).toBeGreaterThan(2)
  })

  it('are none where there is no such, an archived one, a direct message or somebody', async () => {
    for (const unknown of ['C0099', 'nowhere', 'old', 'C0005', 'D0006', 'U0001', 'a b', '../ops', '']) {
      expect(await find(unknown), unknown).toEqual([])
    }
    expect(far.received.filter(({ body }) => /U0001|\.\.|a\+b/.test(body))).toEqual([])
  })

  it('are taken as given where the token may not ask, so that Slack finds them by name itself', async () => {
    far.scopes.clear()
    const target = await only('Ops')
    expect(target.room).toEqual({ id: '#ops', name: 'ops' })
    expect(await find('C0001')).toMatchObject([{ room: { id: 'C0001', name: 'C0001' } }])
    for (const none of ['U0001', 'D0006', 'a b']) expect(await find(none), none).toEqual([])
    const posted = postedTo(target, 'slack')
    await bot.platform.deliver(say('12 failed', { updateKey: 'build' }), posted)
    await bot.platform.deliver(say('12 passed', { updateKey: 'build' }), posted)
    expect(far.messages).toMatchObject([{ channel: 'C0001', edits: 1, body: { text: '12 passed' } }])
  })

  it('of a public name are found without the scope for private ones, which then are none', async () => {
    far.scopes.delete('groups:read')
    expect(await find('builds')).toMatchObject([{ room: { id: 'C0003' } }])
    expect(await find('secret')).toEqual([])
    expect(await find('G0004')).toMatchObject([{ room: { id: 'G0004', name: 'G0004' } }])
  })

  it('cannot be known while Slack does not answer', async () => {
    far.instead(/conversations.info/, { status: 503 })
    await expect(find('C0001')).rejects.toMatchObject({ retryAdvice: { retry: true } })
    far.instead(/conversations.list/, { status: 429, headers: { 'retry-after': '3' } })
    await expect(find('ops')).rejects.toMatchObject({ retryAdvice: { retry: true, retryAfterMs: 3_000 } })
  })

  it('get what is posted, changed in place for thirty days', async () => {
    const posted = postedTo(await only('ops'), 'slack')
    await bot.platform.deliver(card({ title: 'Disk full' }, { updateKey: 'disk', tone: 'bad' }), posted)
    now += 29 * 86_400_000
    await bot.platform.deliver(card({ title: 'Disk fine' }, { updateKey: 'disk', tone: 'good' }), posted)
    expect(far.messages).toMatchObject([{ channel: 'C0001', edits: 1 }])
    now += 2 * 86_400_000
    await bot.platform.deliver(card({ title: 'Disk full' }, { updateKey: 'disk', tone: 'bad' }), posted)
    expect(far.messages).toHaveLength(2)
  })

  it('get no whisper: there is nobody to hear it', async () => {
    far.people.add('notify')
    const posted = { ...postedTo(await only('ops'), 'slack'), user: { id: 'notify', name: 'ci' } }
    await expect(bot.platform.deliver(whisper('psst'), posted)).rejects.toMatchObject({ retryAdvice: { retry: false } })
    expect(far.messages).toEqual([])
  })
})
