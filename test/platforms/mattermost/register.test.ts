import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { longWords, planCommands, wantedCommands } from '../../../src/platforms/mattermost/slash-command-diff.js'
import type { Registration } from '../../../src/platforms/platform.js'
import { type Mattermost, newId, startMattermost } from '../../fixtures/mattermost.js'
import { type MattermostBot, startMattermostBot, toCommand } from './bot.js'

const url = 'https://bot.example.com/mattermost/command'
const deploy = {
  'deploy status': {
    summary: 'Shows what runs',
    options: { service: { type: 'string', positional: true }, env: { type: 'choice', choices: ['staging', 'prod'] } },
  },
  'deploy start': { summary: 'Starts one' },
  roll: {
    summary: 'Throws dice',
    options: {
      dice: { type: 'string', positional: true, required: true },
      keepBest: { type: 'boolean' },
      before: { type: 'date' },
      note: { type: 'string', rest: true },
    },
  },
  secret: { summary: 'Not for all', hidden: true },
} as const

describe('Mattermost, told which commands there are', () => {
  let server: Mattermost
  let bot: MattermostBot
  let said: Registration | undefined

  beforeEach(async () => {
    server = await startMattermost()
    bot = startMattermostBot(server)
    bot.load(deploy)
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })

  const register = async () => {
    server.received.splice(0)
    said = await bot.platform.register?.({ apply: true })
    return server.calls(/^(POST|PUT|DELETE)/).map(({ method }) => method)
  }
  const triggers = () => [...server.commands.values()].map(({ trigger }) => trigger).sort()

  it('gets them where the server does not complete words, and keeps tokens that its list does not show', async () => {
    server.instead(/autocomplete$/, { status: 404 }, 2)
    server.hideTokens()
    await register()
    expect(triggers()).toContain('deploy')
    const [command] = [...server.commands.values()]
    const request = toCommand(server.typed('/deploy', String(command?.token)))
    await expect(bot.platform.verify(request)).resolves.toBeTruthy()
    expect(await register()).toEqual([])
    await expect(bot.platform.verify(request)).resolves.toBeTruthy()
  })

  it('gets one for each first word, with hints', async () => {
    await register()
    expect([...server.commands.values()]).toMatchObject([
      {
        trigger: 'deploy',
        url,
        username: 'slashroom',
        method: 'P',
        auto_complete: true,
        auto_complete_desc: 'Shows what runs · Starts one',
        auto_complete_hint: '[status|start]',
      },
      {
        trigger: 'roll',
        auto_complete_desc: 'Throws dice',
        auto_complete_hint: '<dice> [--keep-best] [--before <date>] [note…]',
      },
      { trigger: 'secret', auto_complete: false },
      { trigger: 'slashroom', auto_complete_hint: '[help]' },
    ])
  })

  it('changes nothing the second time', async () => {
    bot.load({ ...deploy, help: {} })
    expect(await register()).toEqual(['POST', 'POST', 'POST', 'POST'])
    const before = await tokens()
    expect(await register()).toEqual([])
    expect(await tokens()).toEqual(before)
  })

  it('changes what differs, adds what is new, and removes what is gone', async () => {
    await register()
    const { roll: _, ...rest } = deploy
    bot.load({ ...rest, secret: { summary: 'Now for all' }, ping: {} })
    const planned = await bot.platform.register?.({ apply: false })
    expect(server.commands.size).toBe(4)
    expect(await register()).toEqual(['DELETE', 'PUT', 'POST'])
    expect(said).toEqual({
      added: ['/ping (Operations)'],
      changed: ['/secret (Operations)'],
      removed: ['/roll (Operations)'],
      notes: [],
    })
    expect(planned).toEqual(said)
    expect(triggers()).toEqual(['deploy', 'ping', 'secret', 'slashroom'])
    const token = [...server.commands.values()].find(({ trigger }) => trigger === 'ping')?.token ?? ''
    await expect(bot.platform.verify(toCommand(server.typed('/ping', token)))).resolves.toBeTruthy()
  })

  it('refuses the token of a command that it removed', async () => {
    await register()
    const token = [...server.commands.values()].find(({ trigger }) => trigger === 'roll')?.token ?? ''
    bot.load({ ping: {} })
    await register()
    const request = toCommand(server.typed('/roll', token))
    await expect(bot.platform.verify(request)).rejects.toMatchObject({ code: 'unverified' })
  })

  it('gives every team of the bot’s its own', async () => {
    server.teams.push({ id: newId(), name: 'dev', display_name: 'Dev' })
    await register()
    expect(server.commands.size).toBe(8)
    expect(new Set([...server.commands.values()].map(({ token }) => token)).size).toBe(8)
  })

  it('leaves other people’s commands alone, and says which words they took', async () => {
    const theirs = server.addCommand('roll', 'https://other.example.com/roll')
    bot.load({ ...deploy, help: {} })
    await register()
    expect(server.commands.get(theirs.id)).toEqual(theirs)
    expect(triggers()).toEqual(['deploy', 'roll', 'secret', 'slashroom'])
    expect(said?.notes.toSorted()).toEqual([
      'Operations: /help is taken there: /slashroom help reaches the command',
      'Operations: /roll is taken there: /slashroom roll reaches the command',
    ])
  })

  it('says that it is in no team', async () => {
    server.teams.splice(0)
    await register()
    expect(said?.notes).toEqual([expect.stringContaining('in no team')])
  })

  it('says what the server finds fault with, and goes on', async () => {
    server.instead(/^POST .*commands$/, { status: 400 })
    expect(await register()).toHaveLength(4)
    expect(said?.notes).toEqual([expect.stringMatching(/^Operations: \/deploy was not changed: .*400/)])
    expect(said?.added).toHaveLength(3)
  })

  it('says which team does not let it, and goes on with the others', async () => {
    server.teams.unshift({ id: newId(), name: 'dev', display_name: 'Dev' })
    server.instead(new RegExp(`team_id=${server.teams[0]?.id}`), { status: 403 })
    await register()
    expect(server.commands.size).toBe(4)
    expect(said?.notes).toEqual([expect.stringContaining('Dev: the bot may not manage slash commands there')])
  })

  it('names the setting whose token is refused', async () => {
    server.may.token = false
    await expect(bot.platform.register?.({ apply: true })).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('MATTERMOST_BOT_TOKEN'),
    })
  })

  it('believes the token that the server has now, after an admin made a new one', async () => {
    await register()
    const [command] = server.commands.values()
    if (command) command.token = newId()
    await register()
    const request = toCommand(server.typed('/deploy', command?.token ?? ''))
    await expect(bot.platform.verify(request)).resolves.toBeTruthy()
  })

  it('keeps every token when two processes register at once', async () => {
    await Promise.all([register(), register()])
    expect(server.commands.size).toBe(4)
    expect(await tokens()).toEqual([...server.commands.values()].map(({ token }) => token).sort())
  })

  it.each(['autocomplete', 'custom_only'])(
    'keeps every token where another registers while it asks for %s',
    async (asked) => {
      bot.load({ ping: {} })
      server.meanwhile(new RegExp(`^GET .*${asked}`), register)
      await register()
      expect(await tokens()).toEqual([...server.commands.values()].map(({ token }) => token).sort())
    },
  )

  async function tokens(): Promise<readonly string[]> {
    const installation = await bot.installations.find('mattermost', server.team.id)
    return Object.values(installation?.secrets ?? {}).sort()
  }
})

describe('A plan', () => {
  const bot = { url, username: 'slashroom' }
  const [wanted] = wantedCommands([{ name: 'ping', names: ['ping', 'p'], command: { summary: 'Pong', run() {} } }], bot)
  const existing = { id: newId(), token: newId(), team_id: newId(), ...wanted }

  it('has a command for each name of a command’s', () => {
    const commands = [{ name: 'ping', names: ['ping', 'P'], command: { summary: 'Pong', run() {} } }]
    expect(wantedCommands(commands, bot).map(({ trigger }) => trigger)).toEqual(['ping', 'p', 'slashroom'])
  })

  it('is empty where nothing differs', () => {
    if (!wanted) throw new Error('nothing is wanted')
    const plan = planCommands([{ ...existing, ...wanted }], [wanted], url)
    expect(plan).toEqual({ add: [], change: [], remove: [], taken: [] })
  })

  it('never touches what leads elsewhere', () => {
    if (!wanted) throw new Error('nothing is wanted')
    const elsewhere = { ...existing, ...wanted, url: `${url}/other` }
    expect(planCommands([elsewhere], [wanted], url)).toEqual({ add: [], change: [], remove: [], taken: ['ping'] })
    expect(planCommands([elsewhere], [], url).remove).toEqual([])
  })
})

describe('A command with a name of other scripts', () => {
  const named = (name: string) => ({ name, names: [name], command: { summary: 'x', run() {} } })
  const bot = { url: 'https://bot.example.com', username: 'bot' }

  it('is told to the server where its bytes are few enough, and shown by as many as it takes', () => {
    const names = ['д'.repeat(64), 'д'.repeat(65), '再'.repeat(42), '再'.repeat(43)]
    const wanted = wantedCommands(names.map(named), bot)
    expect(wanted.map(({ trigger }) => trigger)).toEqual([names[0], names[2], 'slashroom'])
    expect(wanted.map(({ display_name }) => display_name)).toEqual([
      `${'д'.repeat(30)}…`,
      `${'再'.repeat(20)}…`,
      'slashroom',
    ])
    expect(longWords(names.map(named))).toEqual([names[1], names[3]])
  })
})
