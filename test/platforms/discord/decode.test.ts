import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command } from '../../../src/model/command.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { commandData, type Discord, startDiscord } from '../../fixtures/discord.js'
import { growth, linear } from '../../fixtures/growth.js'
import { type DiscordBot, startDiscordBot, toRequest } from './bot.js'

const status = command({
  summary: 'Shows what runs where',
  options: {
    service: { type: 'string', positional: true },
    env: { type: 'choice', choices: ['staging', 'prod'] },
    region: { type: 'choice', choices: Array.from({ length: 60 }, (_, at) => `eu-west-${at}`) },
    tags: { type: 'choice', choices: ['red', 'green', 'deep blue'], many: true },
    who: { type: 'user' },
  },
  run() {},
})

describe('an interaction', () => {
  let server: Discord
  let bot: DiscordBot
  beforeEach(async () => {
    server = await startDiscord()
    bot = startDiscordBot(server, { commands: { 'deploy status': status, help: {} } })
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })

  async function decode(interaction: Record<string, unknown>) {
    const request = toRequest(server.sign(JSON.stringify(interaction)))
    return bot.platform.decode(await bot.platform.verify(request))
  }

  it('that only asks whether we are there is told so', async () => {
    const ping = { type: 1, data: undefined, guild_id: undefined, channel_id: undefined, member: undefined }
    expect(await decode(server.interaction(ping))).toEqual({ ack: { status: 200, body: { type: 1 } } })
    expect(await decode({ type: 1 })).toEqual({ ack: { status: 200, body: { type: 1 } } })
  })

  it('with a command is deferred, and says who asked what, where and when', async () => {
    const data = commandData(
      'deploy status',
      [
        { name: 'env', type: 3, value: 'prod' },
        { name: 'who', type: 6, value: '77' },
        { name: 'tags', type: 3, value: 'red "deep blue"' },
      ],
      {
        users: { '77': { id: '77', username: 'bob' } },
        members: { '77': { nick: 'Bobby', roles: [], permissions: '0' } },
      },
    )
    const before = Date.now()
    const { ack, invocation } = await decode(server.interaction({ data }))
    expect(ack).toEqual({ status: 200, body: { type: 5 } })
    expect(between(before, invocation?.at)).toBe(true)
    expect(invocation).toMatchObject({
      platform: 'discord',
      installation: '1200000000000000002',
      tenant: { id: '1200000000000000002' },
      room: { id: '1300000000000000003', name: 'ops' },
      user: { id: '1400000000000000004', name: 'Kim Lee', mention: 'kim', roles: ['admin', '1500000000000000005'] },
      text: '/deploy status --env prod --who <@77> --tags red --tags "deep blue"',
      mentions: [{ id: '77', name: 'Bobby', mention: 'bob' }],
    })
  })

  it('takes an id for an id, though every object has a member of that name', async () => {
    const users = { constructor: { username: 'sam' }, toString: {}, '../x': { username: 'eve' } }
    const { invocation } = await decode(server.interaction({ data: commandData('ping', [], { users }) }))
    expect(invocation?.mentions).toEqual([
      { id: 'constructor', name: 'sam', mention: 'sam' },
      { id: 'toString', name: 'toString' },
    ])
  })

  it('is taken with the least that it can have, and ids of any shape', async () => {
    const least = {
      id: 'i-1',
      type: 2,
      token: 't',
      guild_id: 'g-1',
      member: { user: { id: 'u-1' } },
      data: { name: 'x' },
    }
    const room = async (changed: object) => (await decode({ ...least, ...changed })).invocation?.room.id
    expect(await room({ channel_id: 'c-1' })).toBe('c-1')
    expect(await room({ channel: { id: 'c-2' } })).toBe('c-2')
    expect(await room({ guild_id: undefined, member: undefined, user: { id: 'u-1' } })).toBe('dm:u-1')
    const { invocation } = await decode({ ...least, channel_id: '../x' })
    expect(invocation).toMatchObject({ tenant: { id: 'g-1' }, user: { id: 'u-1', name: 'u-1' }, room: { id: 'g-1' } })
  })

  it('from a thread names the channel that it belongs to, and trusts no name that people give', async () => {
    const roomOf = async (channel: object, changed = {}) =>
      (
        await decode(
          server.interaction({ channel: { id: '13', name: 'ops', ...channel }, channel_id: '13', ...changed }),
        )
      ).invocation?.room
    for (const type of [0, 5]) expect(await roomOf({ type, parent_id: '7' })).toEqual({ id: '13', name: 'ops' })
    for (const type of [10, 11, 12]) {
      const thread = { id: '13', name: 'ops', untrustedName: true, parent: '12' }
      expect(await roomOf({ type, parent_id: '12' })).toEqual(thread)
    }
    const untrusted = { id: '13', name: 'ops', untrustedName: true }
    for (const type of [1, 2, 3, 99, undefined]) expect(await roomOf({ type, parent_id: '7' })).toEqual(untrusted)
    const group = { guild_id: undefined, member: undefined, user: { id: '14' } }
    expect(await roomOf({ type: 0 }, group)).toEqual(untrusted)
  })

  it('in a guild that never let the bot in is its caller’s own, without roles and names there', async () => {
    const { invocation } = await decode(server.interaction({ authorizing_integration_owners: { '1': '14' } }))
    expect(invocation).toMatchObject({
      tenant: { id: 'dm:1400000000000000004' },
      user: { id: '1400000000000000004', name: 'Kim Lee' },
      room: { id: '1300000000000000003', untrustedName: true },
    })
    expect(invocation?.user).not.toHaveProperty('roles')
    for (const authorizing_integration_owners of [{ '0': '1200000000000000002', '1': '14' }, undefined]) {
      const ours = await decode(server.interaction({ authorizing_integration_owners }))
      expect(ours.invocation?.tenant.id).toBe('1200000000000000002')
    }
  })

  it('has the caller’s user name as a handle where it is nobody else’s, and never what they are shown as', async () => {
    const handleOf = async (user: object) => {
      const member = { user: { id: '14', username: 'kim', global_name: 'alice', ...user }, nick: 'alice', roles: [] }
      return (await decode(server.interaction({ member }))).invocation?.user.handle
    }
    expect(await handleOf({ discriminator: '0' })).toBe('kim')
    expect(await handleOf({})).toBe('kim')
    expect(await handleOf({ discriminator: '4711' })).toBeUndefined()
  })

  it('came when it came, where its id says another time', async () => {
    for (const id of ['1', 'i-1', '845027738276462632']) {
      const before = Date.now()
      const { invocation } = await decode(server.interaction({ id }))
      expect(between(before, invocation?.at)).toBe(true)
    }
  })

  it('keeps its token sealed, and out of every log line', async () => {
    const interaction = server.interaction()
    const { invocation } = await decode(interaction)
    expect(JSON.stringify(invocation)).not.toContain(interaction['token'])
    expect(bot.lines.join()).not.toContain(interaction['token'])
  })

  it('with help is deferred for the caller alone', async () => {
    for (const data of [commandData('help'), commandData('help', [{ name: 'command', type: 3, value: 'deploy' }])]) {
      expect((await decode(server.interaction({ data }))).ack.body).toEqual({ type: 5, data: { flags: 64 } })
    }
    expect((await decode(server.interaction({ data: commandData('helpdesk') }))).ack.body).toEqual({ type: 5 })
  })

  it('that the caller must confirm is deferred for the caller alone, and one that others confirm is not', async () => {
    const confirms = {
      yes: true,
      asked: 'Really?',
      spelt: { question: 'Really?' },
      others: { by: ['@boss'] },
      no: false,
    }
    const commands = Object.entries(confirms).map(([name, confirm]) => [name, { confirm }] as const)
    const asking = startDiscordBot(server, { commands: Object.fromEntries(commands) })
    const flags = await Promise.all(
      Object.keys(confirms).map(async (name) => {
        const request = toRequest(server.sign(JSON.stringify(server.interaction({ data: commandData(name) }))))
        return asking.platform.decode(await asking.platform.verify(request)).ack.body
      }),
    )
    const alone = { type: 5, data: { flags: 64 } }
    expect(flags).toEqual([alone, alone, alone, { type: 5 }, { type: 5 }])
    await asking.close()
  })

  it('with a pressed button types its line for whoever pressed it', async () => {
    const user = { id: '1400000000000000008', username: 'lee' }
    const press = (custom_id: unknown) =>
      server.interaction({
        type: 3,
        member: { user, roles: [], permissions: '0' },
        data: { custom_id, component_type: 2 },
      })
    const { ack, invocation } = await decode(press('3 /deploy rollback --to 7'))
    expect(ack.body).toEqual({ type: 5 })
    expect(invocation).toMatchObject({ text: '/deploy rollback --to 7', user: { id: user.id, name: 'lee' } })
    expect(invocation?.user.roles).toBeUndefined()
    for (const other of ['deploy', '/deploy', '3 deploy', '', null, 7]) {
      const answered = await decode(press(other))
      expect(answered.invocation).toBeUndefined()
      expect(answered.ack.body).toMatchObject({ type: 4, data: { flags: 64 } })
    }
  })

  it('has an id of its own, the same however often it comes, and another in another guild', async () => {
    const one = server.interaction()
    const [first, again] = [await decode(one), await decode({ ...one, token: 'another' })]
    const elsewhere = await decode({ ...one, guild_id: '99' })
    expect(again.invocation?.id).toBe(first.invocation?.id)
    expect(elsewhere.invocation?.id).not.toBe(first.invocation?.id)
  })

  const typing = (name: string, value: string) =>
    server.interaction({
      type: 4,
      data: commandData('deploy status', [
        { name: 'env', type: 3, value: 'prod' },
        { name, type: 3, value, focused: true },
      ]),
    })
  const choices = async (name: string, value: string) => {
    const { ack, invocation } = await decode(typing(name, value))
    expect(invocation).toBeUndefined()
    const body = ack.body as { type: number; data: { choices: { name: string; value: string }[] } }
    expect(body.type).toBe(8)
    return body.data.choices.map((choice) => choice.value)
  }

  it('that is being typed is offered what fits, from the command’s own definition', async () => {
    expect(await choices('region', '')).toHaveLength(25)
    expect(await choices('region', 'WEST-5')).toEqual([
      'eu-west-5',
      ...Array.from({ length: 10 }, (_, at) => `eu-west-5${at}`),
    ])
    expect(await choices('region', 'nowhere')).toEqual([])
    expect(await choices('service', 'x')).toEqual([])
    expect(await choices('unknown', 'x')).toEqual([])
  })

  it('that is a list is offered its next word', async () => {
    expect(await choices('tags', 'red gr')).toEqual(['red green'])
    expect(await choices('tags', 'red ')).toEqual(['red red', 'red green', 'red "deep blue"'])
    expect(await choices('tags', 'red "deep')).toEqual(['red "deep blue"'])
    expect(await choices('tags', 'red “deep b')).toEqual(['red "deep blue"'])
    expect(await choices('tags', "‘deep blue’ 'deep")).toEqual(['‘deep blue’ "deep blue"'])
    expect(await choices('tags', '“deep blue” gr')).toEqual(['“deep blue” green'])
    expect(await choices('tags', "'deep blue'")).toEqual(['"deep blue"'])
  })

  it('of a shape that no service would send is answered, and asks for nothing', async () => {
    const odd = [
      { type: 4, data: null },
      { type: 4, data: { name: 'x', options: [null, 7, { focused: true }] } },
      { type: 2, data: undefined },
      { type: 2, data: { name: 7 } },
      { type: 2, member: undefined, user: undefined },
      { type: 2, token: undefined },
      { type: 2, id: undefined },
      { type: 2, id: '../x' },
      { type: 5, data: {} },
      { type: 'x' },
    ]
    for (const changed of odd) {
      const { ack, invocation } = await decode(server.interaction(changed))
      expect(ack.status).toBe(200)
      expect(invocation).toBeUndefined()
    }
  })

  it('is read in a time that grows with it and no faster, however it is made', async () => {
    const deep = (times: number) => JSON.parse('{"options":['.repeat(times * 500) + ']}'.repeat(times * 500))
    const wide = (times: number) => ({
      options: Array.from({ length: times * 5_000 }, (_, at) => ({ name: `o${at}`, type: 3, value: '"\\"'.repeat(3) })),
    })
    for (const made of [deep, wide]) {
      const requests = new Map(
        [1, 4].map((times) => [times, server.interaction({ data: { name: 'x', ...made(times) } })]),
      )
      expect(await growth((times) => decode(requests.get(times) ?? {}))).toBeLessThan(linear)
    }
  })
})

describe('the settings', () => {
  it('that are wrong stop the start, and are named without their value', async () => {
    const server = await startDiscord()
    const start = (env: Record<string, string>) => () => startDiscordBot(server, { env, store: createMemoryStore() })
    const wrong: readonly (readonly [string, string])[] = [
      ['DISCORD_PUBLIC_KEY', 'abc123'],
      ['DISCORD_PUBLIC_KEY', `${'z'.repeat(64)}`],
      ['DISCORD_APPLICATION_ID', 'my-app'],
      ['DISCORD_APPLICATION_ID', ''],
      ['DISCORD_BOT_TOKEN', 'two words-secret'],
      ['DISCORD_API_URL', 'ftp://secret.example'],
      ['DISCORD_API_URL', 'https://user:pass@host.example'],
    ]
    for (const [name, value] of wrong) {
      expect(start({ [name]: value })).toThrow(expect.objectContaining({ code: 'config' }))
      expect(start({ [name]: value })).toThrow(new RegExp(`^${name}(?!.*${value || 'never'}).*$`))
    }
    expect(start({ DISCORD_PUBLIC_KEY: '' })).toThrow('Discord is off')
    await server.close()
  })
})

/** Says whether it was after `before`, and is over. */
function between(before: number, at = 0): boolean {
  return before <= at && at <= Date.now()
}
