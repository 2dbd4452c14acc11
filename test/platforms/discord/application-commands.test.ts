import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command } from '../../../src/model/command.js'
import { buildCommands, planRegistration } from '../../../src/platforms/discord/commands/application-commands.js'
import { type Discord, startDiscord } from '../../fixtures/discord.js'
import { type DiscordBot, load, startDiscordBot } from './bot.js'

const many = (count: number) => Array.from({ length: count }, (_, at) => at)

const roll = command({
  summary: 'Throws\n dice',
  options: {
    note: { type: 'string', min: 2, max: 80 },
    dice: { type: 'string', positional: true, required: true, summary: 'How many, and their sides' },
    times: { type: 'integer', min: 0.5, max: 9.5 },
    share: { type: 'number', min: 0.5 },
    loud: { type: 'boolean' },
    roundTime: { type: 'duration', min: 1_000, max: 9_000 },
    from: { type: 'date', min: '2030-01-01', summary: 'The first day' },
    env: { type: 'choice', choices: ['staging', 'prod'] },
    region: { type: 'choice', choices: many(26).map(String) },
    tags: { type: 'choice', choices: ['a', 'b'], many: true },
    counts: { type: 'integer', many: true, min: 1 },
    who: { type: 'user' },
    where: { type: 'room' },
  },
  run() {},
})

describe('a command', () => {
  it('is registered with its options, those first that are required', () => {
    const { commands, left } = buildCommands([load('roll', roll as never)])
    expect(left).toEqual([])
    expect(commands).toEqual([
      {
        name: 'roll',
        description: 'Throws dice',
        options: [
          { type: 3, name: 'dice', description: 'How many, and their sides', required: true },
          { type: 3, name: 'note', description: 'note', min_length: 2, max_length: 80 },
          { type: 4, name: 'times', description: 'times', min_value: 1, max_value: 9 },
          { type: 10, name: 'share', description: 'share', min_value: 0.5 },
          { type: 5, name: 'loud', description: 'loud' },
          { type: 3, name: 'round-time', description: 'round-time (a duration, like 90s, 5m or 1h30m)' },
          { type: 3, name: 'from', description: 'The first day (a date, like 2030-02-28)' },
          {
            type: 3,
            name: 'env',
            description: 'env',
            choices: [
              { name: 'staging', value: 'staging' },
              { name: 'prod', value: 'prod' },
            ],
          },
          { type: 3, name: 'region', description: 'region', autocomplete: true },
          { type: 3, name: 'tags', description: 'tags', autocomplete: true },
          { type: 3, name: 'counts', description: 'counts (a whole number)' },
          { type: 6, name: 'who', description: 'who' },
          { type: 7, name: 'where', description: 'where' },
        ],
      },
    ])
  })

  it('of several words is a subcommand, with one level of groups', () => {
    const { commands } = buildCommands([load('deploy status'), load('deploy window open'), load('ping')])
    expect(commands).toEqual([
      {
        name: 'deploy',
        description: 'deploy: status, window',
        options: [
          { type: 1, name: 'status', description: 'About deploy status' },
          {
            type: 2,
            name: 'window',
            description: 'deploy window: open',
            options: [{ type: 1, name: 'open', description: 'About deploy window open' }],
          },
        ],
      },
      { name: 'ping', description: 'About ping' },
    ])
  })

  it('that does not fit is left out and named', () => {
    const options = Object.fromEntries(many(27).map((at) => [`o${at}`, { type: 'string', required: at === 26 }]))
    const optional = Object.fromEntries(many(27).map((at) => [`o${at}`, { type: 'string' }]))
    const heavy = Object.fromEntries(
      many(20).map((at) => [`o${at}`, { type: 'choice', choices: many(25).map((n) => `${n}`.padEnd(60, 'x')) }]),
    )
    const { commands, left } = buildCommands([
      load('deploy'),
      load('deploy status'),
      load('a b c d'),
      load('v1.2'),
      load('x'.repeat(33)),
      load('secret', { hidden: true }),
      load('wide', { options: options as never }),
      load('broad', { options: { ...optional, ['y'.repeat(40)]: { type: 'string' } } as never }),
      load('heavy', { options: heavy as never }),
      ...many(30).map((at) => load(`crowd s${at}`)),
    ])
    expect(commands.map(({ name, options }) => [name, options?.length])).toEqual([
      ['deploy', 1],
      ['wide', 25],
      ['broad', 25],
      ['crowd', 25],
    ])
    expect(new Set(left.map((one) => one.command))).toEqual(
      new Set([
        'deploy',
        'a b c d',
        'v1.2',
        'x'.repeat(33),
        'secret',
        'wide',
        'broad',
        'heavy',
        ...many(5).map((at) => `crowd s${at + 25}`),
      ]),
    )
    expect(buildCommands(many(103).map((at) => load(`c${at}`))).commands).toHaveLength(100)
  })

  it('whose required option has no place is left out whole', () => {
    const options = { [`z${'z'.repeat(32)}`]: { type: 'string', required: true } } as never
    expect(buildCommands([load('broken', { options })])).toMatchObject({ commands: [], left: [{ command: 'broken' }] })
  })
})

describe('the plan', () => {
  it('says what would be added, changed and removed, by name', () => {
    const { commands } = buildCommands([load('ping'), load('roll', roll as never), load('new')])
    const existing = [
      { type: 1, name: 'ping', description: 'About ping', id: '1', nsfw: false },
      { type: 1, name: 'roll', description: 'older' },
      { type: 1, name: 'gone', description: 'x' },
      { type: 3, name: 'Somebody else’s', description: '' },
    ]
    expect(planRegistration(existing, commands)).toEqual({ add: ['new'], change: ['roll'], remove: ['gone'] })
  })
})

describe('registering', () => {
  let server: Discord
  let bot: DiscordBot
  const start = (commands: Parameters<typeof startDiscordBot>[1]) => startDiscordBot(server, commands)
  beforeEach(async () => {
    server = await startDiscord()
    const env = { DISCORD_BOT_TOKEN: `Bot ${server.botToken}` }
    bot = start({ env, commands: { ping: {}, roll: roll as never, 'deploy status': {}, deploy: {} } })
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })

  it('sends the commands once, and nothing the second time', async () => {
    await bot.platform.register?.({ apply: true })
    expect(server.commands.map((one) => one['name'])).toEqual(['ping', 'roll', 'deploy'])
    const again = await bot.platform.register?.({ apply: true })
    expect(server.calls(/PUT/)).toHaveLength(1)
    expect(server.calls(/GET/)).toHaveLength(2)
    expect(again).toEqual({
      added: [],
      changed: [],
      removed: [],
      notes: [expect.stringContaining('/deploy is left out: there are commands below it')],
    })
  })

  it('keeps what is in context menus, and removes commands that are gone', async () => {
    server.commands = [
      { id: '9', type: 3, name: 'About This', description: '' },
      { id: '8', type: 1, name: 'gone', description: 'x' },
    ]
    const planned = await bot.platform.register?.({ apply: false })
    expect(planned).toMatchObject({ added: ['/ping', '/roll', '/deploy'], changed: [], removed: ['/gone'] })
    expect(server.calls(/PUT/)).toEqual([])
    expect(await bot.platform.register?.({ apply: true })).toEqual(planned)
    expect(server.commands.map((one) => one['name'])).toEqual(['About This', 'ping', 'roll', 'deploy'])
  })

  it('needs the bot’s token, and fails where the service refuses', async () => {
    const bare = start({})
    await expect(bare.platform.register?.({ apply: true })).rejects.toMatchObject({ code: 'config' })
    await bare.close()
    server.instead(/GET/, { status: 401 })
    await expect(bot.platform.register?.({ apply: true })).rejects.toThrow('401')
  })
})
