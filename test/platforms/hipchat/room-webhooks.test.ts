import { LRUCache } from 'lru-cache'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DeliveryError } from '../../../src/model/errors.js'
import { silentLogger } from '../../../src/model/logger.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import { hipchat } from '../../../src/platforms/hipchat/index.js'
import { createRoomNames } from '../../../src/platforms/hipchat/room-names.js'
import { createWebhooks } from '../../../src/platforms/hipchat/room-webhooks.js'
import { type Client, type HipChat, roomMessage, sign, startHipChat } from '../../fixtures/hipchat.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat room webhooks', () => {
  let server: HipChat
  let bot: HipChatBot
  const before = ['ping', 'roll']

  beforeEach(async () => {
    server = await startHipChat()
    bot = await startHipChatBot({ names: before })
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })

  const sync = async () => await bot.platform.register?.({ apply: true })
  const registrations = () => server.calls(/extension/).map(({ method }) => method)
  const path = '/v2/room/40/extension/webhook/slashroom-commands'

  it('are left alone while the commands are as they were at installing', async () => {
    await installClient(bot, server, { roomId: 40 })
    await sync()
    expect(registrations()).toEqual([])
  })

  it('exist while the commands differ, change with them, and are removed when they are as before', async () => {
    await installClient(bot, server, { roomId: 40 })
    bot.catalog.change([...before, 'dance'])
    await sync()
    expect(server.webhooks.get(path)).toMatchObject({
      url: `${bot.url}/hipchat/webhook`,
      event: 'room_message',
      authentication: 'jwt',
      pattern: expect.stringContaining('[dD][aA][nN][cC][eE]'),
    })
    await sync()
    bot.catalog.change([...before, 'waltz'])
    await sync()
    expect(server.webhooks.get(path)).toMatchObject({ pattern: expect.stringContaining('[wW][aA][lL][tT][zZ]') })
    bot.catalog.change(before)
    await sync()
    expect(server.webhooks.size).toBe(0)
    await sync()
    expect(registrations()).toEqual(['PUT', 'PUT', 'DELETE'])
  })

  it('are shown in a plan before they are registered, and nothing is when they stand', async () => {
    await installClient(bot, server, { roomId: 40 })
    await installClient(bot, server)
    bot.catalog.change([...before, 'dance'])
    const planned = await bot.platform.register?.({ apply: false })
    expect(registrations()).toEqual([])
    expect(planned).toEqual({
      added: ['webhook of room 40 (Group 46617)'],
      changed: [],
      removed: [],
      notes: [expect.stringContaining('Update the integration there')],
    })
    expect(await sync()).toEqual(planned)
    expect(await sync()).toMatchObject({ added: [], changed: [], removed: [] })
    bot.catalog.change([...before, 'waltz'])
    expect(await sync()).toMatchObject({ changed: ['webhook of room 40 (Group 46617)'] })
    bot.catalog.change(before)
    expect(await sync()).toMatchObject({ removed: ['webhook of room 40 (Group 46617)'], notes: [] })
  })

  it('say where to install from while nobody has', async () => {
    expect(await sync()).toMatchObject({ notes: [expect.stringContaining(`${bot.url}/descriptor.json`)] })
  })

  it('are left to those who serve: to start alone changes none', async () => {
    await installClient(bot, server, { roomId: 40 })
    const { url: baseUrl, installations, store } = bot
    const { request, close } = createHttpClient()
    const dance = { name: 'dance', names: ['dance'], command: { summary: 'Dances', run() {} } }
    const catalog = { list: () => [dance], onChange: () => () => {} }
    const env = { HIPCHAT_HOSTS: '127.0.0.1' }
    const platform = hipchat(env, { baseUrl, installations, store, request, catalog, log: silentLogger })
    expect(await platform?.register?.({ apply: false })).toMatchObject({ added: [expect.any(String)] })
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(registrations()).toEqual([])
    await close()
  })

  it('follow a change of their own accord, once for changes that come together', async () => {
    await installClient(bot, server, { roomId: 40 })
    for (const name of ['one', 'two', 'three']) bot.catalog.change([...before, name])
    await expect.poll(() => registrations()).toEqual(['PUT'])
    expect(server.webhooks.get(path)).toMatchObject({ pattern: expect.stringContaining('[tT][hH][rR][eE][eE]') })
  })

  it('go after an update, with which the server reads the descriptor anew', async () => {
    const client = await installClient(bot, server, { roomId: 40 })
    bot.catalog.change([...before, 'dance'])
    await sync()
    await bot.install(server.installBody(client))
    await sync()
    expect(server.webhooks.size).toBe(0)
  })

  it('of many rooms are changed, though one room refuses', async () => {
    for (let roomId = 40; roomId < 60; roomId++) await installClient(bot, server, { roomId })
    server.instead(/room\/45\/extension/, { status: 403 })
    bot.catalog.change([...before, 'dance'])
    await sync()
    expect(server.webhooks.size).toBeGreaterThanOrEqual(19)
    expect(bot.lines.filter((line) => line.includes('room webhook not updated'))).toHaveLength(1)
    await sync()
    expect(server.webhooks.size).toBe(20)
  })

  it('of a server that is gone are told of in one line', async () => {
    for (let roomId = 40; roomId < 45; roomId++) await installClient(bot, server, { roomId })
    await server.close()
    bot.catalog.change([...before, 'dance'])
    await sync()
    const told = bot.lines.filter((line) => line.includes('room webhook not updated'))
    expect(told.map((line) => JSON.parse(line))).toMatchObject([{ rooms: 5, reason: expect.any(String) }])
  })

  it('are tried again later where the server could not be reached', async () => {
    const client = await installClient(bot, server, { roomId: 40 })
    const stands = async () => await bot.store.get(`webhook/hipchat/${client.oauthId}/40`)
    let calls = 0
    const api = {
      async call() {
        if (calls++ === 0) throw new DeliveryError('down', { retry: true })
        return { status: 201, headers: {}, body: Buffer.alloc(0) }
      },
      async drop() {},
    }
    const { url, installations, store } = bot
    const heardRooms = new LRUCache<string, string>({ max: 50_000 })
    const parts = {
      api,
      baseUrl: url,
      installations,
      store,
      pattern: () => 'other',
      heardRooms,
      names: createRoomNames(store),
      log: silentLogger,
    }
    const { notes } = await createWebhooks({ ...parts, againMs: 1_000 }).sync()
    expect(notes).toEqual(['webhook of room 40 (Group 46617) was not changed: down'])
    expect(await stands()).toBeUndefined()
    await expect.poll(stands).toBe('other')
  })

  it('of a group stand in the rooms that were heard from, and in no others', async () => {
    const group = await installClient(bot, server)
    const from = (id: number) => hearFrom(group, id)
    await from(40)
    await from(40)
    bot.catalog.change([...before, 'dance'])
    await sync()
    expect([...server.webhooks.keys()]).toEqual([path])
    await from(41)
    await expect.poll(() => server.webhooks.size).toBe(2)
    server.removeClient(group)
    await fetch(`${bot.url}/hipchat/installation/${group.oauthId}`, { method: 'DELETE' })
    for await (const [key] of bot.store.list('webhook/')) throw new Error(`${key} was left behind`)
  })

  it('of a group are noted once a room, again where the store was away, and anew after the group had left', async () => {
    const group = await installClient(bot, server)
    const noted: string[] = []
    const { add } = bot.store
    const adding: typeof add = async (key, ...rest) => {
      if (noted.push(key) === 1) throw new Error('down')
      return await add(key, ...rest)
    }
    Object.assign(bot.store, { add: adding })
    const from = async (id: number) => {
      await hearFrom(group, id)
      await new Promise(setImmediate)
      return noted.length
    }
    expect([await from(40), await from(40), await from(40), await from(41)]).toEqual([1, 2, 2, 3])
    server.removeClient(group)
    await fetch(`${bot.url}/hipchat/installation/${group.oauthId}`, { method: 'DELETE' })
    await installClient(bot, server, group)
    expect([await from(40), await from(40)]).toEqual([4, 4])
  })

  it('that the server has lost already count as removed', async () => {
    await installClient(bot, server, { roomId: 40 })
    bot.catalog.change([...before, 'dance'])
    await sync()
    server.webhooks.clear()
    bot.catalog.change(before)
    await sync()
    await sync()
    expect(registrations()).toEqual(['PUT', 'DELETE'])
  })

  async function hearFrom(group: Client, id: number) {
    const token = sign(group, { context: { room_id: id } })
    await bot.platform.verify(toRequest(group, roomMessage(group, '/ping', { room: { id } }), token))
  }
})
