import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { client, eventBody, type Slack, signed, slashForm, startSlack, workspace } from '../../fixtures/slack.js'
import { oauthEnv, type SlackBot, type SlackBotOptions, startSlackBot } from './bot.js'

describe('installing Slack', () => {
  let far: Slack
  let bot: SlackBot
  const started: SlackBot[] = []
  const start = async (options: SlackBotOptions = {}) => {
    const one = await startSlackBot(far, { env: oauthEnv, ...options })
    started.push(one)
    return one
  }
  beforeEach(async () => {
    far = await startSlack()
    bot = await start()
  })
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.close()))
    await far.close()
  })

  /** A browser sets out: what it is sent to, and the cookie that it keeps. */
  const setOut = async () => {
    const answer = await fetch(`${bot.url}/slack/install`, { redirect: 'manual' })
    const to = new URL(answer.headers.get('location') ?? '')
    const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';')
    return { answer, to, cookie, state: to.searchParams.get('state') ?? '' }
  }
  const comeBack = (query: Record<string, string>, cookie?: string) =>
    fetch(`${bot.url}/slack/oauth_redirect?${new URLSearchParams(query)}`, {
      redirect: 'manual',
      ...(cookie ? { headers: { cookie } } : {}),
    })
  const install = async (of = workspace) => {
    const { cookie, state } = await setOut()
    return await comeBack({ state, code: far.code(of, `${bot.url}/slack/oauth_redirect`) }, cookie)
  }
  const find = () => bot.installations.find('slack', workspace.id)

  it('sends the browser to Slack with what it asks for, and a state that is bound to it', async () => {
    const { answer, to, state } = await setOut()
    expect(answer.status).toBe(302)
    expect(to.origin + to.pathname).toBe('https://slack.com/oauth/v2/authorize')
    expect(Object.fromEntries(to.searchParams)).toEqual({
      client_id: client.id,
      scope: 'commands,chat:write,files:write,app_mentions:read,channels:read,groups:read',
      redirect_uri: `${bot.url}/slack/oauth_redirect`,
      state,
    })
    expect(answer.headers.get('set-cookie')).toBe(
      `slack_state_${state.slice(0, 12)}=${state}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax`,
    )
  })

  it('installs a workspace, in which the bot can then answer', async () => {
    const answer = await install()
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Installed in Example.')
    expect(await find()).toMatchObject({
      tenant: { id: 'T0001', name: 'Example' },
      details: { botUserId: 'UBOT', appId: 'A0001', scopes: ['commands', 'chat:write'] },
      secrets: { botToken: expect.stringMatching(/^xoxb-/) },
    })
    await bot.platform.deliver(say('pong'), { ...(await bot.type('/ping')), at: 0 })
    expect(far.messages).toMatchObject([{ via: 'bot', channel: 'C0001' }])
  })

  it('keeps tokens sealed', async () => {
    await install()
    const token = (await find())?.secrets['botToken'] ?? ''
    for await (const [, value] of bot.store.list('')) expect(JSON.stringify(value)).not.toContain(token)
    expect(bot.lines.join()).not.toContain(token)
  })

  it('finishes in each of two tabs, whichever comes back first', async () => {
    const tabs = [await setOut(), await setOut()]
    const cookies = tabs.map(({ cookie }) => cookie).join('; ')
    for (const { state, cookie } of tabs) {
      const answer = await comeBack({ state, code: far.code(workspace, `${bot.url}/slack/oauth_redirect`) }, cookies)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('set-cookie')).toBe(
        `${cookie.split('=')[0]}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
      )
    }
  })

  it('takes nobody back who did not set out, in another browser, or too long ago', async () => {
    const redirect = `${bot.url}/slack/oauth_redirect`
    const [mine, another] = [await setOut(), await setOut()]
    const body = `${'a'.repeat(32)}.${Math.floor(Date.now() / 1_000) - 1}`
    const old = `${body}.${createHmac('sha256', client.secret).update(`slack state ${body}`).digest('hex')}`
    for (const [state, cookie] of [
      [mine.state, undefined],
      [mine.state, another.cookie],
      [mine.state, `slack_state_${mine.state.slice(0, 12)}=${another.state}`],
      ['', 'slack_state_='],
      [old, `slack_state_${old.slice(0, 12)}=${old}`],
      [`${mine.state}0`, `${mine.cookie}0`],
    ] as const) {
      const answer = await comeBack({ state, code: far.code(workspace, redirect) }, cookie)
      expect(answer.status).toBe(403)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    }
    expect(far.calls(/oauth/)).toHaveLength(0)
    expect(await find()).toBeUndefined()
  })

  it('says so where Slack or a person refused', async () => {
    const back = async (query: Record<string, string>) => {
      const { cookie, state } = await setOut()
      return (await comeBack({ state, ...query }, cookie)).status
    }
    expect(await back({ error: 'access_denied' })).toBe(403)
    expect(await back({})).toBe(400)
    expect(await back({ code: 'unknown' })).toBe(403)
    expect(await back({ code: far.code(workspace, 'https://evil.example.com/') })).toBe(403)
    far.instead(/oauth/, { status: 503 })
    expect(await back({ code: far.code(workspace, `${bot.url}/slack/oauth_redirect`) })).toBe(502)
    expect(await find()).toBeUndefined()
  })

  it('leads nowhere else, whatever it is told', async () => {
    const { cookie, state } = await setOut()
    const code = far.code(workspace, `${bot.url}/slack/oauth_redirect`)
    const answer = await comeBack({ state, code, redirect_uri: 'https://evil.example.com', next: '//evil' }, cookie)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0')
  })

  it('is taken away by app_uninstalled and by tokens_revoked, in any order and however often', async () => {
    const leave = (event: Record<string, unknown>, time = Date.now() / 1_000 + 5) =>
      enter(
        bot.platform,
        signed('/events', eventBody(event, { event_time: Math.floor(time), authorizations: undefined })),
      )
    const revoked = { type: 'tokens_revoked', tokens: { oauth: [], bot: ['UBOT'] } }
    for (const first of [{ type: 'app_uninstalled' }, revoked]) {
      await install()
      const invocation = await bot.type('/ping')
      expect(await leave(first)).toMatchObject({ status: 200 })
      expect(await find()).toBeUndefined()
      expect(await leave({ type: 'app_uninstalled' })).toMatchObject({ status: 200 })
      expect(await leave(revoked)).toMatchObject({ status: 200 })
      await expect(bot.platform.deliver(say('x'), invocation)).rejects.toMatchObject({ retryAdvice: { retry: false } })
      await expect(enter(bot.platform, signed('/commands', slashForm('/ping')))).rejects.toMatchObject({
        code: 'unverified',
      })
    }
  })

  it("stays where only a person's token was revoked, or an earlier installation's", async () => {
    await install()
    const tell = (event: Record<string, unknown>, changed = {}) =>
      enter(bot.platform, signed('/events', eventBody(event, changed)))
    await tell({ type: 'tokens_revoked', tokens: { oauth: ['U0001'], bot: [] } })
    await tell({ type: 'tokens_revoked' })
    await tell({ type: 'app_uninstalled' }, { event_time: Math.floor(Date.now() / 1_000) - 60 })
    await expect(
      enter(bot.platform, signed('/events', eventBody({ type: 'app_uninstalled' }), { secret: 'another' })),
    ).rejects.toMatchObject({ code: 'unverified' })
    expect(await find()).toBeDefined()
  })

  it('is taken away where a bot token was revoked and the grant did not say whose it was', async () => {
    const installation = {
      id: workspace.id,
      platform: 'slack',
      tenant: { id: workspace.id },
      details: { scopes: [], installedAt: 0 },
      secrets: { botToken: 'xoxb-1' },
    }
    await bot.installations.save(installation)
    const tell = (tokens: object) =>
      enter(
        bot.platform,
        signed('/events', eventBody({ type: 'tokens_revoked', tokens }, { authorizations: undefined })),
      )
    await tell({ oauth: ['U0001'], bot: [] })
    expect(await find()).toBeDefined()
    await tell({ bot: ['UBOT'] })
    expect(await find()).toBeUndefined()
  })

  it('finds the grant of an organisation for each of its workspaces', async () => {
    await bot.installations.save({
      id: 'E0001',
      platform: 'slack',
      tenant: { id: 'E0001' },
      details: { scopes: [], installedAt: 0 },
      secrets: { botToken: 'xoxb-org' },
    })
    const from = async (changed: Record<string, string>) =>
      (await enter(bot.platform, signed('/commands', slashForm('/ping', changed)))).invocation?.installation
    expect(await from({ team_id: 'T7', enterprise_id: 'E0001', is_enterprise_install: 'true' })).toBe('E0001')
    expect(await from({ team_id: 'T8', enterprise_id: 'E0001' })).toBe('E0001')
    await expect(from({ team_id: 'T8', enterprise_id: 'E0002' })).rejects.toMatchObject({ code: 'unverified' })
  })

  it('is not there for one workspace with a bot token', async () => {
    const own = await startSlackBot(far)
    expect((await fetch(`${own.url}/slack/install`, { redirect: 'manual' })).status).toBe(404)
    await own.close()
  })

  describe('with tokens that are rotated', () => {
    beforeEach(async () => {
      far.rotate = true
      await install()
    })
    /** Time passes at Slack's end and ours: the token has `ms` left. */
    const age = async (ms: number) => {
      const installation = await find()
      if (!installation) throw new Error('not installed')
      await bot.installations.save({
        ...installation,
        details: { ...installation.details, expiresAt: Date.now() + ms },
      })
      return installation
    }
    const late = async () => ({ ...(await bot.type('/ping')), at: 0 })
    const refreshes = () => far.calls(/oauth/).filter(({ body }) => body.includes('refresh_token')).length

    it('leaves alone a token that has hours left', async () => {
      expect((await find())?.details).toHaveProperty('expiresAt')
      await bot.platform.deliver(say('pong'), await late())
      expect(refreshes()).toBe(0)
    })

    it('renews it once for all who need it, in all processes', async () => {
      const was = await age(-1)
      far.tokens.delete(was.secrets['botToken'] ?? '')
      const other = await start({ store: bot.store })
      const asked = await late()
      await Promise.all(
        Array.from({ length: 8 }, (_, at) => [bot, other][at % 2]?.platform.deliver(say('pong'), asked)),
      )
      expect(far.messages).toHaveLength(8)
      expect(refreshes()).toBe(1)
      expect((await find())?.secrets['refreshToken']).not.toBe(was.secrets['refreshToken'])
      await bot.platform.deliver(say('pong'), asked)
      expect(refreshes()).toBe(1)
    })

    it('renews one that Slack says has expired', async () => {
      far.instead(/chat/, { body: { ok: false, error: 'token_expired' } })
      await bot.platform.deliver(say('pong'), await late())
      expect(far.messages).toHaveLength(1)
      expect(refreshes()).toBe(1)
    })

    it('goes on with a token that still works while it cannot be renewed', async () => {
      await age(30 * 60_000)
      far.instead(/oauth/, { status: 503 })
      await bot.platform.deliver(say('pong'), await late())
      expect(far.messages).toHaveLength(1)
      await bot.platform.deliver(say('pong'), await late())
      expect(refreshes()).toBe(2)
      expect((await find())?.details['expiresAt']).toBeGreaterThan(Date.now() + 11 * 3_600_000)
    })

    it('gives up where Slack no longer takes the refresh token, and says so', async () => {
      await age(-1)
      far.refreshTokens.clear()
      await expect(bot.platform.deliver(say('pong'), await late())).rejects.toMatchObject({
        retryAdvice: { retry: false },
      })
      expect(bot.lines.join()).toContain('invalid_refresh_token')
    })
  })
})
