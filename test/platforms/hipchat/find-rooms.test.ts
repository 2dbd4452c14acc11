import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, say } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { type Client, type HipChat, roomMessage, sign, startHipChat } from '../../fixtures/hipchat.js'
import { postedTo } from '../../fixtures/posted.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat rooms that a sender posts to', () => {
  let server: HipChat
  let bot: HipChatBot
  beforeEach(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
    server.rooms.set(40, { name: 'Ops Room' }).set(41, { name: 'Lobby' }).set(42, { name: 'Old', archived: true })
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })
  const viewing = ['send_notification', 'admin_room', 'view_room']
  const find = async (idOrName: string) => {
    const found: ReplyTarget[] = []
    for await (const target of bot.platform.findRooms?.(idOrName) ?? []) found.push(target)
    return found
  }
  const rooms = async (idOrName: string) => (await find(idOrName)).map(({ room }) => room)
  const hear = async (client: Client, id: number, name: string) => {
    const token = sign(client, { context: { room_id: id } })
    await bot.platform.verify(toRequest(client, roomMessage(client, 'hi', { room: { id, name } }), token))
    await new Promise(setImmediate)
  }

  it('are asked of the server by number and by name, where it lets a group look at its rooms', async () => {
    const { oauthId } = await installClient(bot, server, { scopes: viewing })
    const [target] = await find('ops room')
    expect(target).toMatchObject({ installation: oauthId, room: { id: '40', name: 'Ops Room' } })
    expect(target?.replyTo).toEqual({ roomId: '40' })
    expect(await rooms('41')).toEqual([{ id: '41', name: 'Lobby' }])
    for (const none of ['43', 'nowhere', 'Old', '42', ' ', '..', 'x'.repeat(51)]) expect(await find(none)).toEqual([])
    expect(server.calls(/^(?!\/v2\/(room\/\w|oauth\/|capabilities))/)).toEqual([])
  })

  it('exist by the word of the server, though it only lets them be administered', async () => {
    const client = await installClient(bot, server)
    expect(await rooms('40')).toEqual([{ id: '40', name: '40' }])
    expect(await rooms('ops room')).toEqual([{ id: '40', name: 'ops room' }])
    await hear(client, 40, 'Ops Room')
    expect(await rooms('40')).toEqual([{ id: '40', name: 'Ops Room' }])
    expect(await rooms('ops room')).toEqual([{ id: '40', name: 'Ops Room' }])
    expect(await rooms('nowhere')).toEqual([])
  })

  it('are those that were heard from, where the server lets nothing be asked', async () => {
    const client = await installClient(bot, server, { scopes: ['send_notification'] })
    expect(await rooms('40')).toEqual([])
    await hear(client, 40, 'Ops')
    await hear(client, 40, 'Ops Room')
    expect(await rooms('40')).toEqual([{ id: '40', name: 'Ops Room' }])
    expect(await rooms('OPS ROOM')).toEqual([{ id: '40', name: 'Ops Room' }])
    expect(await rooms('Ops')).toEqual([])
    expect(server.calls(/room/)).toEqual([])
  })

  it('that have an installation to themselves are found by number, and by name once that is known', async () => {
    const client = await installClient(bot, server, { roomId: 40 })
    expect(await rooms('40')).toEqual([{ id: '40', name: '40' }])
    expect(await rooms('Ops Room')).toEqual([])
    await hear(client, 40, 'Ops Room')
    expect(await rooms('ops room')).toEqual([{ id: '40', name: 'Ops Room' }])
    expect(await rooms('41')).toEqual([])
    expect(server.calls(/v2\/room/)).toEqual([])
  })

  it('that have an installation to themselves tell their name where the server lets them be looked at', async () => {
    await installClient(bot, server, { roomId: 40, scopes: viewing })
    expect(await rooms('Ops Room')).toEqual([{ id: '40', name: 'Ops Room' }])
    const asked = server.calls(/v2\/room/).length
    expect(await rooms('Lobby')).toEqual([])
    expect(server.calls(/v2\/room/)).toHaveLength(asked) // it is known by now
    server.rooms.delete(40)
    expect(await rooms('40')).toEqual([])
  })

  it('are given once, where a group and one of its rooms have both installed the bot', async () => {
    await installClient(bot, server, { scopes: viewing })
    await installClient(bot, server, { roomId: 40, scopes: viewing })
    await installClient(bot, server, { groupId: 2, scopes: viewing })
    const groups = (await find('40')).map(({ tenant }) => tenant.name)
    expect(groups.toSorted()).toEqual(['Group 2', 'Group 46617'])
  })

  it('cannot be known while the server does not answer; those of others are given first', async () => {
    await installClient(bot, server, { scopes: viewing })
    server.instead(/v2\/room\/40/, { status: 500 })
    await expect(find('40')).rejects.toMatchObject({ retryAdvice: { retry: true } })
    await installClient(bot, server, { roomId: 40 })
    server.instead(/v2\/room\/40/, { status: 500 })
    const found: ReplyTarget[] = []
    const look = async () => {
      for await (const target of bot.platform.findRooms?.('40') ?? []) found.push(target)
    }
    await expect(look()).rejects.toMatchObject({ retryAdvice: { retry: true } })
    expect(found).toHaveLength(1)
  })

  it('are forgotten with their installation', async () => {
    const client = await installClient(bot, server, { scopes: ['send_notification'] })
    await hear(client, 40, 'Ops Room')
    server.removeClient(client)
    await fetch(`${bot.url}/hipchat/installation/${client.oauthId}`, { method: 'DELETE' })
    expect(await find('Ops Room')).toEqual([])
    for await (const [key] of bot.store.list('room/')) throw new Error(`${key} was left behind`)
  })

  it('get what is posted, one card for all news of one thing', async () => {
    await installClient(bot, server, { scopes: viewing })
    const [target] = await find('Ops Room')
    if (!target) throw new Error('no Ops Room')
    const posted = postedTo(target, 'hipchat')
    await bot.platform.deliver(say('@all <b>12</b>', { notify: true }), posted)
    for (const title of ['Disk full', 'Disk fine']) {
      await bot.platform.deliver(card({ title }, { updateKey: 'disk' }), posted)
    }
    const [text, ...cards] = server.notifications
    expect(text).toMatchObject({
      room: '40',
      body: { message: '＠all <b>12</b>', message_format: 'text', notify: true },
    })
    const ids = cards.map(({ body }) => (body['card'] as Record<string, unknown>)['id'])
    expect(new Set(ids).size).toBe(1)
  })
})
