import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { channelId, seen, startTeams, type Teams, teamId } from '../../fixtures/teams.js'
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

async function hear(changed: Readonly<Record<string, unknown>> = {}, key: 'own' | 'foreign' = 'own'): Promise<void> {
  await bot.platform.verify(toRequest(await server.sign(server.activity(changed), { key })))
}

async function found(name: string): Promise<readonly ReplyTarget[]> {
  return await all(bot.platform.findRooms?.(name) ?? [])
}

async function post(text: string, target: ReplyTarget | undefined): Promise<void> {
  if (!target) throw new Error('there is no such room')
  await bot.platform.deliver(say(text), { ...invocationOf('1'), ...target, scheduled: 'standup' })
}

describe('rooms that nobody asked from', () => {
  it('are none before one was heard from', async () => {
    expect(await found(channelId)).toEqual([])
    expect(await found('Ops')).toEqual([])
  })

  it('are posted to by id, as a message of their own and in no thread', async () => {
    await hear()
    const [target] = await found(channelId)
    await post('good morning', target)
    expect(server.messages).toMatchObject([{ conversation: channelId }])
  })

  it('are found by name among the channels of teams that have the bot, whatever the case', async () => {
    await hear()
    const [ops] = await found('oPs')
    expect(ops).toMatchObject({ installation: server.tenantId, room: { id: '19:ops@thread.tacv2', name: 'Ops' } })
    expect(await found('general')).toMatchObject([{ room: { id: teamId, name: 'General' } }])
    expect(await found('19:ops@thread.tacv2')).toHaveLength(1)
    expect(await found('nowhere')).toEqual([])
    await post('good morning', ops)
    expect(server.messages).toMatchObject([{ conversation: '19:ops@thread.tacv2' }])
  })

  it('are found by a schedule as #name, in the given installation', async () => {
    await hear()
    const list = async (names: readonly string[], installation?: string) =>
      (await all(bot.platform.listRooms?.(names, installation) ?? [])).map(({ room }) => room.id)
    expect(await list(['#Ops', channelId], server.tenantId)).toEqual(['19:ops@thread.tacv2', channelId])
    expect(await list(['#Ops'], 'another')).toEqual([])
    expect(await all(bot.platform.listRooms?.(undefined) ?? [])).toEqual([])
  })

  it('are kept for other processes, and each once', async () => {
    await hear()
    await hear()
    const other = startTeamsBot(server, { store: bot.store })
    expect(await all(other.platform.findRooms?.(channelId) ?? [])).toHaveLength(1)
    const keys: string[] = []
    for await (const [key] of bot.store.list('')) keys.push(key)
    expect(keys).toHaveLength(2) // the channel, and its team
    await other.close()
  })

  it('cost the store nothing once they are known', async () => {
    const asked: string[] = []
    const memory = createMemoryStore()
    const get = async (key: string) => {
      asked.push(key)
      return await memory.get(key)
    }
    const counted = startTeamsBot(server, { store: { ...memory, get } })
    for (const _ of [1, 2, 3]) await counted.take(server.activity())
    expect(asked).toHaveLength(2)
    await counted.close()
  })

  it('are not learned from what is forged', async () => {
    await hear({}, 'foreign').catch(() => undefined)
    expect(await found(channelId)).toEqual([])
  })

  it('are forgotten when the bot is taken out, and not when the app is renewed', async () => {
    await hear()
    await hear({ type: 'installationUpdate', action: 'remove-upgrade' })
    expect(await found(channelId)).toHaveLength(1)
    const conversation = { id: teamId, conversationType: 'channel', tenantId: server.tenantId }
    await hear({ type: 'conversationUpdate', conversation, membersRemoved: [{ id: '29:somebody' }] })
    expect(await found(channelId)).toHaveLength(1)
    await hear({ type: 'conversationUpdate', conversation, membersRemoved: [{ id: `28:${server.appId}` }] })
    expect(await found(channelId)).toEqual([])
    expect(await found('Ops')).toEqual([])
  })

  it('are known from the moment when the bot is put into a private chat', async () => {
    const conversation = { id: 'a:7', conversationType: 'personal', tenantId: server.tenantId }
    await hear({ type: 'installationUpdate', action: 'add', conversation, channelData: {} })
    await post('hello', (await found('a:7'))[0])
    expect(server.messages.map(seen)).toEqual(['hello'])
  })

  it('cannot be told where the service cannot be asked', async () => {
    await hear()
    server.instead(/teams/, { status: 503 })
    await expect(found('Ops')).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })
})

async function all<Item>(items: AsyncIterable<Item> | readonly Item[]): Promise<readonly Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}
