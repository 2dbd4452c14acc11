import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { register } from '../../src/cli/subcommands/register.js'
import { type Discord, startDiscord } from '../fixtures/discord.js'
import { type Mattermost, startMattermost } from '../fixtures/mattermost.js'
import { appId, botToken, configToken, type Slack, signingSecret, startSlack } from '../fixtures/slack.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom register', () => {
  let discord: Discord
  let mattermost: Mattermost
  let slack: Slack
  let env: Record<string, string>
  beforeEach(async () => {
    ;[discord, mattermost, slack] = await Promise.all([startDiscord(), startMattermost(), startSlack()])
    const dir = await emptyFolder()
    env = {
      STORE_URL: `file:${join(dir, 'data')}`,
      COMMANDS_DIR: join(dir),
      BASE_URL: 'https://bot.example.com',
      NO_COLOR: '1',
      DISCORD_PUBLIC_KEY: discord.publicKey,
      DISCORD_APPLICATION_ID: discord.applicationId,
      DISCORD_BOT_TOKEN: discord.botToken,
      DISCORD_API_URL: discord.url,
      MATTERMOST_URL: mattermost.url,
      MATTERMOST_BOT_TOKEN: mattermost.botToken,
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_BOT_TOKEN: botToken,
      SLACK_API_URL: slack.apiUrl,
      SLACK_APP_ID: appId,
      SLACK_CONFIG_TOKEN: configToken,
    }
    await write('ping.js', "export default { summary: 'Says pong', run: () => 'pong' }")
  })
  afterEach(() => Promise.all([discord.close(), mattermost.close(), slack.close()]))

  const write = (name: string, text: string) => writeFile(join(env['COMMANDS_DIR'] ?? '', name), text)
  const run = (...args: readonly string[]) => inTerminal(register, args, env)
  const registered = () => [
    discord.commands.map(({ name }) => name),
    [...mattermost.commands.values()].map(({ trigger }) => trigger),
    (slack.manifest['features'] as { slash_commands?: { command: string }[] } | undefined)?.slash_commands?.map(
      ({ command }) => command,
    ),
  ]

  it('shows first, then does, and the second time changes nothing', async () => {
    const plan = await run('--plan')
    expect(plan).toMatchObject({ code: 0, err: '' })
    expect(plan.out).toMatch(/^Plan for https:\/\/bot\.example\.com\n/)
    expect(plan.out).toContain('\ndiscord\n  + /help\n  + /ping\n')
    expect(plan.out).toContain('\nmattermost\n  + /ping (Operations)\n')
    expect(plan.out).toContain('\nslack\n  + /ping\n')
    expect(plan.out).toContain('\nhipchat\n  nothing to change\n  ! it is not installed yet')
    expect(registered()).toEqual([[], [], undefined])
    expect(existsSync(join(env['COMMANDS_DIR'] ?? '', 'data'))).toBe(false)

    expect((await run()).out).toContain('\ndiscord\n  + /help\n  + /ping\n')
    expect(registered()).toEqual([expect.arrayContaining(['ping']), expect.arrayContaining(['ping']), ['/ping']])

    const calls = () => [...discord.calls(/PUT/), ...mattermost.calls(/POST|PUT/), ...slack.calls(/update/)].length
    const before = calls()
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out.match(/nothing to change/g)).toHaveLength(4)
    expect(calls()).toBe(before)
  })

  it('says as JSON what changed', async () => {
    await run()
    await write('ping.js', "export default { summary: 'Says something else', run: () => 'pong' }")
    await write('roll.js', "export default { summary: 'Throws dice', run: () => '4' }")
    const { out } = await run('--json', '--platform', 'discord')
    expect(JSON.parse(out)).toEqual({
      baseUrl: 'https://bot.example.com',
      plan: false,
      platforms: [
        {
          platform: 'discord',
          registration: { added: ['/roll'], changed: ['/ping'], removed: [], notes: [] },
        },
      ],
    })
    expect(mattermost.commands.size).toBe(registered()[1]?.length)
    expect(registered()[1]).not.toContain('roll')
  })

  it('goes on with the others where one platform fails, and exits 1', async () => {
    discord.instead(/GET/, { status: 500 })
    const { code, out } = await run()
    expect(code).toBe(1)
    expect(out).toMatch(/discord\n {2}failed: .*500/)
    expect(registered()[1]).toContain('ping')
    expect((await run()).code).toBe(0)
  })

  it('shows what must be pasted, and what is made by hand', async () => {
    const { out } = await inTerminal(register, [], {
      ...env,
      SLACK_CONFIG_TOKEN: '',
      MATTERMOST_BOT_TOKEN: '',
      MATTERMOST_COMMAND_TOKENS: 'a'.repeat(26),
    })
    expect(out).toContain(`https://api.slack.com/apps/${appId}/app-manifest`)
    expect(out).toContain('"url": "https://bot.example.com/slack/commands"')
    expect(out).toContain('made by hand over there')
  })

  it('takes no command away because its file is broken, nor all because it found none', async () => {
    await run()
    await write('ping.js', 'export default {{')
    await expect(run()).rejects.toThrow(/ping\.js:1: .* Nothing was registered\./)
    await rm(join(env['COMMANDS_DIR'] ?? '', 'ping.js'))
    await expect(run()).rejects.toThrow('There are no commands to register.')
    expect(registered()[0]).toContain('ping')
  })

  it('names the platforms that there are', async () => {
    await expect(run('--platform', 'irc')).rejects.toThrow(
      '--platform irc is not enabled; enabled: hipchat, discord, mattermost, slack.',
    )
  })

  it('writes what is to be uploaded where it runs, and only where it does', async () => {
    const folder = process.cwd()
    process.chdir(env['COMMANDS_DIR'] ?? '')
    onTestFinished(() => process.chdir(folder))
    env = { ...env, TEAMS_APP_ID: '11111111-2222-4333-8444-555555555555', TEAMS_APP_PASSWORD: 'secret' }
    expect((await run('--plan', '--platform', 'teams')).out).toContain('+ /ping')
    expect(existsSync('slashroom-teams.zip')).toBe(false)
    const { out } = await run('--platform', 'teams', '--json')
    expect(JSON.parse(out).platforms).toMatchObject([{ registration: { file: 'slashroom-teams.zip' } }])
    expect((await readFile('slashroom-teams.zip')).subarray(0, 2).toString()).toBe('PK')
  })
})
