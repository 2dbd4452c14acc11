import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuthenticationError, UnavailableError } from '../../../src/model/errors.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import { cloudOf } from '../../../src/platforms/teams/proof/cloud.js'
import { createFindKey } from '../../../src/platforms/teams/proof/keys.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { startTeams, type Teams, type TokenChanges } from '../../fixtures/teams.js'
import { type BotOptions, startTeamsBot, type TeamsBot, toRequest } from './bot.js'

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

/** What becomes of an activity that is signed so. */
async function enter(changes: TokenChanges = {}, activity: Record<string, unknown> = {}): Promise<unknown> {
  return await bot.platform.verify(toRequest(await server.sign(server.activity(activity), changes)))
}

describe('an activity', () => {
  it('comes from the tenant that it names', async () => {
    const { tenantId } = server
    await expect(enter()).resolves.toMatchObject({ installation: { id: tenantId, tenant: { id: tenantId } } })
  })

  it.each<[string, TokenChanges, Record<string, unknown>]>([
    ['with the key of somebody else', { key: 'foreign' }, {}],
    ['with a key that nobody has', { key: 'foreign', kid: 'made-up' }, {}],
    ['that is over', { startsIn: -4_000, expiresIn: -301 }, {}],
    ['that has not begun', { startsIn: 301 }, {}],
    ['of another issuer', { issuer: 'https://sts.windows.net/99999999-8888-4777-8666-555555555555/' }, {}],
    ['for another app', { audience: '11111111-2222-4333-8444-666666666666' }, {}],
    ['for another address than it names', { serviceUrl: 'https://smba.trafficmanager.net/emea/' }, {}],
    ['of another algorithm', { algorithm: 'RS512' }, {}],
    ['signed with the public key as a secret', { algorithm: 'HS256' }, {}],
    ['from another channel', {}, { channelId: 'webchat' }],
    ['to be answered nowhere', {}, { serviceUrl: undefined }],
    [
      'of another tenant',
      {},
      { conversation: { id: 'a:1', tenantId: '99999999-8888-4777-8666-000000000000' }, channelData: {} },
    ],
    ['of no tenant', {}, { conversation: { id: 'a:1' }, channelData: {} }],
  ])('is refused with a token, or of a kind, %s', async (_, changes, activity) => {
    await expect(enter(changes, activity)).rejects.toThrow(AuthenticationError)
  })

  it('is refused where it asks to be answered in a network of ours', async () => {
    for (const serviceUrl of [
      'http://smba.trafficmanager.net/',
      'https://user@smba.trafficmanager.net/',
      'ftp://x/',
      'x',
    ]) {
      await expect(enter({ serviceUrl }, { serviceUrl }), serviceUrl).rejects.toThrow(AuthenticationError)
    }
    const serviceUrl = 'https://10.0.0.1/'
    const invocation = await bot.take({ ...server.activity(), serviceUrl }).catch((error: unknown) => error)
    expect(invocation).toBeInstanceOf(AuthenticationError) // its token is for another
  })

  it('is taken for five minutes after its token is over, by clocks that differ', async () => {
    await expect(enter({ startsIn: -4_000, expiresIn: -290 })).resolves.toBeDefined()
    await expect(enter({ startsIn: 290 })).resolves.toBeDefined()
  })

  it('is refused without a token, and with one that is none', async () => {
    const { body, headers } = await server.sign(server.activity())
    const token = headers['authorization'] ?? ''
    const none = [
      '',
      'Bearer ',
      'Bearer x',
      'Basic x',
      `Bearer ${token}`,
      token.replace('.', ''),
      `${token}x`,
      'HMAC x',
    ]
    for (const authorization of [...none, token.slice(0, -20)]) {
      const request = toRequest({ body, headers: { ...headers, authorization } })
      await expect(bot.platform.verify(request), authorization.slice(0, 20)).rejects.toThrow(AuthenticationError)
    }
    const unsigned = { ...headers, authorization: undefined } as unknown as Record<string, string>
    await expect(bot.platform.verify(toRequest({ body, headers: unsigned }))).rejects.toThrow(AuthenticationError)
  })

  it('is read by whoever is of any tenant where the app is for all', async () => {
    const open = startTeamsBot(server, { env: { TEAMS_TENANT_ID: '' } })
    const conversation = { id: 'a:1', conversationType: 'personal', tenantId: 'ABCDEF00-0000-4000-8000-000000000001' }
    const signed = await server.sign(server.activity({ conversation, channelData: {} }))
    const { installation } = await open.platform.verify(toRequest(signed))
    expect(installation.id).toBe('abcdef00-0000-4000-8000-000000000001')
    await open.close()
  })

  it('comes again later where the store cannot be reached', async () => {
    const store = { ...createMemoryStore(), get: () => Promise.reject(new Error('down')) }
    const away = startTeamsBot(server, { store })
    const signed = await server.sign(server.activity())
    await expect(away.platform.verify(toRequest(signed))).rejects.toThrow(UnavailableError)
    await away.close()
  })

  it('is refused as a body where it is no JSON object', async () => {
    const { headers } = await server.sign({})
    for (const body of ['', '[]', '{', 'null', '{"type":']) {
      await expect(bot.platform.verify(toRequest({ body, headers }))).rejects.toMatchObject({ status: 400 })
    }
  })
})

describe('the keys of the service', () => {
  it('are fetched once for all who come at once, and kept', async () => {
    await Promise.all(Array.from({ length: 10 }, () => enter()))
    await enter()
    expect(server.calls(/keys/)).toHaveLength(1)
  })

  it('are fetched anew where they were changed in between', async () => {
    await enter()
    server.rotateKeys()
    await expect(enter()).resolves.toBeDefined()
    expect(server.calls(/keys/)).toHaveLength(2)
  })

  it('are not asked for as often as forgers come', async () => {
    await enter()
    for (let n = 0; n < 30; n++) await enter({ key: 'foreign', kid: `made-up-${n}` }).catch(() => undefined)
    expect(server.calls(/keys/).length).toBeLessThan(8)
    await expect(enter()).resolves.toBeDefined()
  })

  it('make it come again later where they cannot be had', async () => {
    server.instead(/openid/, { status: 500 })
    await expect(enter()).rejects.toThrow(UnavailableError)
    await expect
      .poll(
        () =>
          enter().then(
            () => 'in',
            () => 'out',
          ),
        { interval: 200 },
      )
      .toBe('in')
  })

  it.each([
    ['nothing listens', async () => await server.close()],
    ['the page is no JSON', () => server.instead(/keys/, { status: 200, body: 'x' })],
    ['there are none', () => server.instead(/keys/, { status: 200, body: { keys: [] } })],
    ['it breaks off', () => server.instead(/keys/, { status: 0, cut: true })],
    ['they are elsewhere', () => server.instead(/openid/, { status: 200, body: { jwks_uri: 'http://example.com/' } })],
  ])('make it come again later where %s', async (_, fail) => {
    const signed = await server.sign(server.activity())
    await fail()
    await expect(bot.platform.verify(toRequest(signed))).rejects.toThrow(UnavailableError)
  })

  it('stay good for a day while the service is away, and are fetched anew after it', async () => {
    let now = 0
    const { request, close } = createHttpClient()
    const findKey = createFindKey({ request, cloud: cloudOf(new URL(server.openidUrl)), now: () => now })
    expect(await findKey('key-0')).toBeDefined()
    now = 23 * 3_600_000
    expect(await findKey('key-0')).toBeDefined()
    expect(server.calls(/keys/)).toHaveLength(1)
    now = 25 * 3_600_000
    server.instead(/openid/, { status: 503 })
    expect(await findKey('key-0')).toBeDefined()
    now += 2_000
    expect(await findKey('key-0')).toBeDefined()
    expect(server.calls(/keys/)).toHaveLength(2)
    await close()
  })

  it('sign for the channels that they are endorsed for', async () => {
    await enter()
    server.rotateKeys()
    const { keys } = (await (await fetch(`${server.url}/v1/.well-known/keys`)).json()) as { keys: object[] }
    server.instead(/keys/, { status: 200, body: { keys: keys.map((key) => ({ ...key, endorsements: ['webchat'] })) } })
    await expect(enter()).rejects.toThrow(AuthenticationError)
  })
})

describe('an Outgoing Webhook', () => {
  const own = (options: BotOptions = {}) => {
    const env = { TEAMS_WEBHOOK_SECRET: server.webhookSecret, ...options.env }
    return startTeamsBot(server, { ...options, env })
  }

  it('is let in by its signature, and by no other', async () => {
    const hook = own()
    const genuine = server.signWebhook(server.activity())
    await expect(hook.platform.verify(toRequest(genuine))).resolves.toMatchObject({ payload: { door: 'webhook' } })
    const forged = [
      server.signWebhook(server.activity(), Buffer.alloc(32, 6).toString('base64')),
      { ...genuine, body: genuine.body.replace('deploy', 'destroy') },
      { ...genuine, headers: { ...genuine.headers, authorization: 'HMAC ' } },
      { ...genuine, headers: { ...genuine.headers, authorization: `${genuine.headers['authorization']}=` } },
    ]
    for (const one of forged) await expect(hook.platform.verify(toRequest(one))).rejects.toThrow(AuthenticationError)
    await hook.close()
  })

  it('is refused more than five minutes before or after its own time, if it has one', async () => {
    const hook = own()
    const sent = (ms: number) =>
      server.signWebhook(server.activity({ timestamp: new Date(Date.now() + ms).toISOString() }))
    for (const ms of [-290_000, 290_000])
      await expect(hook.platform.verify(toRequest(sent(ms)))).resolves.toMatchObject({ payload: { door: 'webhook' } })
    const timeless = server.signWebhook(server.activity({ timestamp: undefined }))
    await expect(hook.platform.verify(toRequest(timeless))).resolves.toMatchObject({ payload: { door: 'webhook' } })
    const unreadable = server.signWebhook(server.activity({ timestamp: 'today' }))
    for (const one of [sent(-310_000), sent(310_000), unreadable])
      await expect(hook.platform.verify(toRequest(one))).rejects.toThrow(AuthenticationError)
    await hook.close()
  })

  it('is refused where none is set, and from another tenant', async () => {
    const signed = server.signWebhook(server.activity())
    await expect(bot.platform.verify(toRequest(signed))).rejects.toThrow(AuthenticationError)
    const hook = own()
    const conversation = { id: '19:x@thread.tacv2', tenantId: '99999999-8888-4777-8666-000000000000' }
    const foreign = server.signWebhook(server.activity({ conversation }))
    await expect(hook.platform.verify(toRequest(foreign))).rejects.toThrow(AuthenticationError)
    await hook.close()
  })
})

describe('what has no token', () => {
  const local = () => startTeamsBot(server, { env: { TEAMS_ALLOW_UNSIGNED: 'yes' }, baseUrl: 'http://localhost:3000' })
  const unsigned = (activity: object, headers: Record<string, string> = {}, peer = '127.0.0.1') =>
    toRequest({ body: JSON.stringify(activity), headers: { host: 'localhost:3000', ...headers } }, { peer })

  it('is let in from this machine where the operator says so', async () => {
    const open = local()
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      const request = unsigned(server.activity(), {}, peer)
      open.platform.verifyHead?.(request)
      await expect(open.platform.verify(request)).resolves.toMatchObject({ payload: { door: 'unsigned' } })
    }
    await open.close()
  })

  it.each<[string, Record<string, string>, string]>([
    ['another machine', {}, '192.168.0.7'],
    ['a proxy', { 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1'],
    ['a page in a browser', { origin: 'https://evil.example' }, '127.0.0.1'],
    ['a page whose name leads here', { host: 'evil.example' }, '127.0.0.1'],
    ['somebody with a bad token', { authorization: 'Bearer a.b.c' }, '127.0.0.1'],
  ])('is refused from %s all the same', async (_, headers, peer) => {
    const open = local()
    const request = unsigned(server.activity(), headers, peer)
    await expect(open.platform.verify(request)).rejects.toThrow(AuthenticationError)
    await open.close()
  })

  it('is refused where it asks to be answered elsewhere', async () => {
    const open = local()
    const request = unsigned(server.activity({ serviceUrl: 'https://smba.trafficmanager.net/' }))
    await expect(open.platform.verify(request)).rejects.toThrow(AuthenticationError)
    await open.close()
  })

  it('is refused where nobody said so', async () => {
    const request = unsigned(server.activity())
    expect(() => bot.platform.verifyHead?.(request)).toThrow(AuthenticationError)
    await expect(bot.platform.verify(request)).rejects.toThrow(AuthenticationError)
  })
})
