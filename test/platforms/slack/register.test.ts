import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readSettings } from '../../../src/platforms/slack/settings.js'
import { appId, configToken, type Slack, signingSecret, startSlack } from '../../fixtures/slack.js'
import { appToken } from '../../fixtures/slack-sockets.js'
import { oauthEnv, ownEnv, type SlackBot, startSlackBot } from './bot.js'

const configEnv = { SLACK_APP_ID: appId, SLACK_CONFIG_TOKEN: configToken }
const commands = { 'deploy status': { summary: 'Shows what runs' }, 'deploy start': {}, roll: {} }

describe('Slack, told which commands there are', () => {
  let far: Slack
  let bot: SlackBot
  const start = async (env: Readonly<Record<string, string>>) => {
    bot = await startSlackBot(far, { env, commands })
  }
  beforeEach(async () => {
    far = await startSlack()
  })
  afterEach(async () => {
    await bot.close()
    await far.close()
  })
  const register = async (apply = true) => await bot.platform.register?.({ apply })
  const updates = () => far.calls(/manifest\.update/).length
  const nothing = { added: [], changed: [], removed: [] }

  it('gets the manifest by hand where no configuration token is set', async () => {
    await start(oauthEnv)
    const said = await register()
    expect(said).toMatchObject({ ...nothing, notes: [expect.stringMatching(/Paste it at .*SLACK_CONFIG_TOKEN/)] })
    expect(said?.document).toMatchObject({
      display_information: { name: 'Slashroom' },
      features: {
        bot_user: { display_name: 'slashroom' },
        slash_commands: [
          {
            command: '/deploy',
            url: `${bot.url}/slack/commands`,
            description: 'Shows what runs · Does deploy start',
            usage_hint: '[status|start]',
            should_escape: true,
          },
          { command: '/roll' },
        ],
      },
      oauth_config: { redirect_urls: [`${bot.url}/slack/oauth_redirect`] },
      settings: {
        interactivity: { is_enabled: true, request_url: `${bot.url}/slack/interactivity` },
        event_subscriptions: { request_url: `${bot.url}/slack/events` },
      },
    })
    expect(far.calls(/manifest/)).toEqual([])
  })

  it('updates the manifest if it has a configuration token, and sends nothing the second time', async () => {
    await start({ ...ownEnv, ...configEnv })
    const planned = await register(false)
    expect(planned).toEqual({
      added: ['/deploy', '/roll'],
      changed: ['scopes', 'interactivity', 'event subscriptions'],
      removed: [],
      notes: [],
    })
    expect(updates()).toBe(0)
    const said = await register()
    expect(said).toEqual({ ...planned, notes: [expect.stringContaining('reinstall it')] })
    expect(await register()).toEqual({ ...nothing, notes: [] })
    expect(updates()).toBe(1)
    bot.load({ roll: { summary: 'Throws dice' }, ping: {} })
    expect(await register()).toEqual({ added: ['/ping'], changed: ['/roll'], removed: ['/deploy'], notes: [] })
    expect(far.manifest).toMatchObject({ display_information: { name: 'Ops bot' } })
    expect(await register()).toEqual({ ...nothing, notes: [] })
  })

  it('keeps what else the app has', async () => {
    await start({ ...ownEnv, ...configEnv })
    const theirs = { command: '/theirs', url: 'https://else.example.com', description: 'Theirs' }
    const moved = { command: '/roll', url: 'https://old.example.com/slack/commands', description: 'Does roll' }
    far.manifest = {
      display_information: { name: 'Ops bot' },
      features: {
        app_home: { home_tab_enabled: true },
        bot_user: { display_name: 'ops' },
        slash_commands: [theirs, moved],
      },
      oauth_config: { scopes: { user: ['search:read'], bot: ['users:read'] } },
      settings: { token_rotation_enabled: true },
    }
    expect(await register()).toMatchObject({
      added: ['/deploy'],
      changed: expect.arrayContaining(['/roll']),
      removed: [],
    })
    expect(far.manifest).toMatchObject({
      features: { app_home: { home_tab_enabled: true }, bot_user: { display_name: 'ops' } },
      oauth_config: { scopes: { user: ['search:read'], bot: expect.arrayContaining(['users:read', 'chat:write']) } },
      settings: { token_rotation_enabled: true },
    })
    const { slash_commands } = far.manifest['features'] as { slash_commands: object[] }
    expect(slash_commands).toContainEqual(theirs)
    expect(await register()).toEqual({ ...nothing, notes: [] })
  })

  it('is told to send all over connections where the bot opens them, and by webhook again where it does not', async () => {
    const socketEnv = { ...ownEnv, ...configEnv, SLACK_SIGNING_SECRET: '', SLACK_APP_TOKEN: appToken }
    await start(socketEnv)
    far.manifest = {
      ...far.manifest,
      features: { slash_commands: [{ command: '/gone', description: 'Gone' }], bot_user: { display_name: 'ops' } },
    }
    const changed = ['scopes', 'interactivity', 'event subscriptions', 'socket mode']
    expect(await register()).toMatchObject({ added: ['/deploy', '/roll'], changed, removed: ['/gone'] })
    const { slash_commands } = far.manifest['features'] as { slash_commands: object[] }
    for (const command of slash_commands) expect(command).not.toHaveProperty('url')
    expect(far.manifest).toMatchObject({
      settings: {
        socket_mode_enabled: true,
        interactivity: { is_enabled: true },
        event_subscriptions: { bot_events: ['app_mention', 'app_uninstalled', 'tokens_revoked'] },
      },
    })
    expect(await register()).toEqual({ ...nothing, notes: [] })
    await bot.close()
    await start({ ...socketEnv, SLACK_SIGNING_SECRET: signingSecret })
    expect((await register())?.changed).toEqual(['/deploy', '/roll', 'interactivity', 'event subscriptions'])
    await bot.close()
    await start({ ...ownEnv, ...configEnv })
    expect((await register())?.changed).toContain('socket mode')
    expect(far.manifest).toMatchObject({ settings: { socket_mode_enabled: false } })
    expect(await register()).toEqual({ ...nothing, notes: [] })
  })

  it.each([
    ['### Manifest for Socket Mode', { SLACK_SIGNING_SECRET: '', SLACK_APP_TOKEN: appToken }, []],
    ['### Manifest for HTTP', {}, ['/deploy', '/roll', 'redirect urls', 'interactivity', 'event subscriptions']],
  ])('has in the guide what it is told: %s', async (heading, env, moved) => {
    const [, guide = ''] = readFileSync('docs/slack.md', 'utf8').split(heading)
    const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? []
    const { SLACK_BOT_TOKEN: token } = ownEnv
    await start({ ...(moved.length > 0 ? oauthEnv : { SLACK_BOT_TOKEN: token }), ...configEnv, ...env })
    bot.load({ 'deploy status': { summary: 'Shows and starts deployments' }, roll: { summary: 'Throws dice' } })
    far.manifest = parse(block)
    const said = await register()
    // The address is another's, and the hint says more than can be told from options.
    const expected = moved.length > 0 ? moved : ['/deploy']
    expect(said).toMatchObject({ added: [], removed: [], changed: expected })
  })

  it('is spared what it would refuse', async () => {
    await start({ ...ownEnv, ...configEnv })
    bot.load({ help: {}, secret: { hidden: true }, [`l${'o'.repeat(40)}ng`]: {}, ping: {} })
    const said = await register()
    expect(said?.added).toEqual(['/ping'])
    expect(said?.notes.slice(0, 3)).toEqual([
      expect.stringMatching(/^\/help is left out: Slack keeps this word/),
      expect.stringMatching(/^\/secret is left out: it is hidden/),
      expect.stringMatching(/ is left out: Slack takes no such name/),
    ])
    bot.load(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`c${at}`, {}])))
    expect((await register())?.notes.filter((note) => note.includes('there are 50 already'))).toHaveLength(10)
  })

  it('says where its fault is, and which setting has run out', async () => {
    await start({ ...ownEnv, ...configEnv })
    far.manifest = {}
    far.instead(/manifest\.update/, {
      body: { ok: false, error: 'invalid_manifest', errors: [{ message: 'No', pointer: '/features' }] },
    })
    await expect(register()).rejects.toThrow('apps.manifest.update: invalid_manifest; /features No')
    far.instead(/manifest\.export/, { body: { ok: false, error: 'token_expired' } })
    await expect(register()).rejects.toMatchObject({ code: 'config', message: expect.stringMatching(/CONFIG_TOKEN/) })
  })

  it('has settings that are checked', async () => {
    await start(ownEnv)
    const env = { SLACK_SIGNING_SECRET: 'x', SLACK_BOT_TOKEN: 'xoxb-1' }
    expect(() => readSettings({ ...env, SLACK_CONFIG_TOKEN: 'xoxe.xoxp-1' })).toThrow('SLACK_APP_ID')
    expect(() => readSettings({ ...env, SLACK_APP_ID: 'my app' })).toThrow('SLACK_APP_ID')
    expect(() => readSettings({ ...env, SLACK_APP_ID: 'A1', SLACK_CONFIG_TOKEN: 'a b' })).toThrow('SLACK_CONFIG_TOKEN')
  })
})
