import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Installation } from '../../../src/model/installation.js'
import { say } from '../../../src/model/reply.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { type HipChat, roomMessage, startHipChat } from '../../fixtures/hipchat.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat installation', () => {
  let server: HipChat
  let bot: HipChatBot

  beforeAll(async () => {
    server = await startHipChat()
    bot = await startHipChatBot({ hosts: `127.0.0.1:${new URL(server.url).port}` })
  })
  afterEach(() => {
    server.received.length = 0
  })
  afterAll(async () => {
    await bot.close()
    await server.close()
  })

  const all = async () => {
    const found: Installation[] = []
    for await (const installation of bot.installations.list('hipchat')) found.push(installation)
    return found
  }
  const find = (id: string) => bot.installations.find('hipchat', id)
  const remove = (id: string) => fetch(`${bot.url}/hipchat/installation/${id}`, { method: 'DELETE' })
  const browse = (path: string, query: Record<string, string>) =>
    fetch(`${bot.url}/hipchat/${path}?${new URLSearchParams(query)}`, { redirect: 'manual' })

  /** What is refused leaves the store as it was, and says so as problem+json. */
  const refused = async (body: unknown, status: number) => {
    const before = await all()
    const answer = await bot.install(body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ])
    expect(await all()).toEqual(before)
    return await answer.text()
  }

  it('counts after the server has given its capabilities and a token', async () => {
    const client = server.addClient({ roomId: 40 })
    const answer = await bot.install(server.installBody(client))
    expect(answer.status).toBe(200)
    expect(await find(client.oauthId)).toMatchObject({
      id: client.oauthId,
      platform: 'hipchat',
      tenant: { id: `${new URL(server.url).host}/46617`, name: 'Group 46617' },
      details: {
        capabilitiesUrl: server.capabilitiesUrl,
        apiUrl: `${server.url}/v2/`,
        tokenUrl: `${server.url}/v2/oauth/token`,
        roomId: '40',
        scopes: ['send_notification', 'admin_room'],
      },
      secrets: { oauthSecret: client.oauthSecret },
    })
    expect(server.received.map(({ path }) => path)).toEqual(['/v2/capabilities', '/v2/oauth/token'])
  })

  it('takes the tenant from the server, not from the body', async () => {
    const client = server.addClient({ groupId: 5 })
    await bot.install({ ...server.installBody(client), groupId: 46617 })
    expect((await find(client.oauthId))?.tenant.id).toBe(`${new URL(server.url).host}/5`)
  })

  it('takes the body whatever type it says it is of', async () => {
    const client = server.addClient()
    const body = JSON.stringify(server.installBody(client))
    const answer = await fetch(`${bot.url}/hipchat/installation`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    })
    expect(answer.status).toBe(200)
  })

  it('refuses hosts that are not listed before it calls anybody', async () => {
    const body = server.installBody(server.addClient())
    const { port } = new URL(server.url)
    const elsewhere = [
      'https://evil.example/v2/capabilities',
      'https://api.hipchat.com/v2/capabilities',
      `http://127.0.0.1:${Number(port) ^ 1}/v2/capabilities`,
      `http://localhost:${port}/v2/capabilities`,
      `http://user:pw@127.0.0.1:${port}/v2/capabilities`,
      `ftp://127.0.0.1:${port}/v2/capabilities`,
      'http://169.254.169.254/latest',
      'file:///etc/passwd',
      'not an address',
    ]
    for (const capabilitiesUrl of elsewhere) await refused({ ...body, capabilitiesUrl }, 403)
    expect(server.received).toEqual([])
  })

  it('refuses a body that is none', async () => {
    const body = server.installBody(server.addClient())
    const bad = [
      '',
      '{',
      '[]',
      'null',
      '7',
      {},
      { ...body, oauthId: undefined },
      { ...body, oauthId: '../../x' },
      { ...body, oauthId: { $ne: 1 } },
      { ...body, oauthId: 'x'.repeat(101) },
      { ...body, oauthSecret: '' },
      { ...body, oauthSecret: 'line\nbreak' },
      { ...body, capabilitiesUrl: 7 },
      { ...body, roomId: {} },
      '{"__proto__": {"oauthId": "x", "oauthSecret": "y", "capabilitiesUrl": "z"}}',
    ]
    for (const one of bad) await refused(one, 400)
    await refused({ ...body, padding: 'x'.repeat(70_000) }, 413)
    expect(server.received).toEqual([])
    expect(({} as Record<string, unknown>)['oauthId']).toBeUndefined()
  })

  it('believes no capabilities that redirect, break off, are too large, or are none', async () => {
    const body = server.installBody(server.addClient())
    const answers: [object, number][] = [
      [{ status: 302, headers: { location: `${server.url}/v2/capabilities` } }, 502],
      [{ status: 500 }, 502],
      [{ status: 200, body: 'hello' }, 502],
      [{ status: 200, body: '[]' }, 502],
      [{ status: 200, body: '{}', cut: true }, 502],
      [{ status: 200, body: { links: { self: server.capabilitiesUrl }, padding: ' '.repeat(200_000) } }, 502],
      [{ status: 200, body: {} }, 400],
      [{ status: 200, body: { links: { self: `${server.url}/v2/other` } } }, 400],
    ]
    for (const [answer, status] of answers) {
      server.instead(/capabilities/, answer)
      await refused(body, status)
    }
    expect(server.calls(/token/)).toEqual([])
  })

  it('waits for slow capabilities no longer than a server waits for us', async () => {
    server.instead(/capabilities/, { delayMs: 120_000 })
    await refused(server.installBody(server.addClient()), 502)
  })

  it('sends the secret to no host that is not listed, whatever the capabilities name', async () => {
    const body = server.installBody(server.addClient())
    const named = (tokenUrl: unknown, url: unknown) => ({
      links: { self: server.capabilitiesUrl },
      capabilities: { hipchatApiProvider: { url }, oauth2Provider: { tokenUrl } },
    })
    const good = `${server.url}/v2/`
    const evil = ['https://evil.example/token', 'http://169.254.169.254/', 'http://127.0.0.1:1/', undefined, 7]
    for (const one of evil) {
      for (const document of [named(one, good), named(good, one)]) {
        server.instead(/capabilities/, { body: document })
        await refused(body, 403)
      }
    }
    expect(server.calls(/token/)).toEqual([])
  })

  it('refuses what brings no token', async () => {
    const body = server.installBody(server.addClient())
    await refused({ ...body, oauthSecret: 'wrong' }, 403)
    await refused({ ...body, oauthId: 'planted' }, 403)
    for (const status of [500, 429, 302]) {
      server.instead(/token/, { status })
      await refused(body, 502)
    }
    server.instead(/token/, { status: 200, body: { access_token: 'a\r\nb' } })
    await refused(body, 502)
  })

  it('lets nobody take an installation over', async () => {
    const client = await installClient(bot, server)
    const body = server.installBody(client)
    await refused({ ...body, oauthSecret: 'the-attackers' }, 403)
    await refused({ ...body, capabilitiesUrl: 'https://evil.example/v2/capabilities' }, 403)
    await refused({ ...body, capabilitiesUrl: `${server.url}/v2/other` }, 409)
    const other = await startHipChat()
    const wide = await startHipChatBot()
    const own = await installClient(wide, server)
    other.addClient({ ...own, oauthSecret: 'the-attackers' })
    const taken = { ...server.installBody(own), capabilitiesUrl: other.capabilitiesUrl, oauthSecret: 'the-attackers' }
    expect((await wide.install(taken)).status).toBe(409)
    expect(other.received).toEqual([])
    expect((await wide.installations.find('hipchat', own.oauthId))?.secrets['oauthSecret']).toBe(own.oauthSecret)
    await wide.close()
    await other.close()
  })

  it('takes a new secret that the same server confirms, and the same installation again', async () => {
    const client = await installClient(bot, server)
    expect((await bot.install(server.installBody(client))).status).toBe(200)
    client.oauthSecret = 'a-new-secret'
    expect((await bot.install(server.installBody(client))).status).toBe(200)
    const entered = await enter(bot.platform, toRequest(client, roomMessage(client, '/ping')))
    expect(entered.fresh).toBe(true)
  })

  it('takes many at once for one id in turn', async () => {
    const client = server.addClient()
    const body = server.installBody(client)
    const bodies = [body, { ...body, oauthSecret: 'wrong' }, body, { ...body, oauthSecret: 'wrong' }, body]
    const answers = await Promise.all(bodies.map((one) => bot.install(one)))
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 403, 200])
    expect((await find(client.oauthId))?.secrets['oauthSecret']).toBe(client.oauthSecret)
    server.instead(/capabilities/, { delayMs: 100 }, 2)
    const started = performance.now()
    await Promise.all([bot.install(body), bot.install(body)])
    expect(performance.now() - started).toBeGreaterThan(190)
  })

  describe('removing', () => {
    it('happens when the server no longer knows the secret', async () => {
      const client = await installClient(bot, server)
      const { invocation } = await enter(bot.platform, toRequest(client, roomMessage(client, '/ping')))
      if (invocation) await bot.platform.deliver(say('pong'), invocation)
      server.removeClient(client)
      expect((await remove(client.oauthId)).status).toBe(204)
      for await (const [key] of bot.store.list('')) expect(key).not.toContain(client.oauthId)
      await expect(enter(bot.platform, toRequest(client, roomMessage(client, '/ping')))).rejects.toThrow('unknown')
      expect((await remove(client.oauthId)).status).toBe(204)
    })

    it('does not happen because a stranger asks for it', async () => {
      const client = await installClient(bot, server)
      expect((await remove(client.oauthId)).status).toBe(403)
      expect(await find(client.oauthId)).toBeDefined()
    })

    it('does not happen while the server cannot say', async () => {
      const client = await installClient(bot, server)
      server.removeClient(client)
      for (const answer of [
        { status: 500 },
        { status: 429 },
        { status: 302 },
        { status: 400 },
        { body: '{', cut: true },
      ]) {
        server.instead(/token/, answer)
        const put = await remove(client.oauthId)
        expect([put.status, put.headers.get('retry-after')]).toEqual([503, '30'])
        expect(await find(client.oauthId)).toBeDefined()
      }
    })

    it('asks nobody about what was never installed', async () => {
      for (const id of ['nobody', '__proto__', encodeURIComponent('../x')]) expect((await remove(id)).status).toBe(204)
      expect(server.received).toEqual([])
    })
  })

  describe('by browser', () => {
    const onward = () => `${server.url}/addons/done?state=a%20b`

    it('fetches the installation once, proves it, and sends the browser on', async () => {
      const client = server.addClient()
      const installable_url = server.installable(client)
      const answer = await browse('installed', { redirect_url: onward(), installable_url })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, onward()])
      expect(await find(client.oauthId)).toBeDefined()
      expect(server.calls(/installable/)).toHaveLength(1)
      const update = await browse('updated', { redirect_url: onward(), installable_url: server.installable(client) })
      expect(update.status).toBe(302)
      expect((await browse('installed', { redirect_url: onward(), installable_url })).status).toBe(502)
    })

    it('removes only what the server has removed', async () => {
      const client = await installClient(bot, server)
      const gone = () => browse('uninstalled', { redirect_url: onward(), installable_url: server.installable(client) })
      expect((await gone()).status).toBe(403)
      expect(await find(client.oauthId)).toBeDefined()
      server.removeClient(client)
      expect((await gone()).status).toBe(302)
      expect(await find(client.oauthId)).toBeUndefined()
    })

    it('sends nobody to where the server is not, and then does nothing at all', async () => {
      const client = server.addClient()
      const evil = [
        'https://evil.example/',
        '//evil.example',
        'javascript:alert(1)',
        '/local',
        '',
        `${server.url}@evil.example/`,
      ]
      for (const redirect_url of evil) {
        const answer = await browse('installed', { redirect_url, installable_url: server.installable(client) })
        expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
      }
      expect((await browse('installed', { installable_url: server.installable(client) })).status).toBe(400)
      expect((await browse('installed', { redirect_url: onward() })).status).toBe(400)
      expect(server.received).toEqual([])
    })

    it('fetches nothing from hosts that are not listed', async () => {
      for (const installable_url of [
        'http://169.254.169.254/x',
        'https://evil.example/x',
        'http://127.0.0.1:1/x',
        'x',
      ]) {
        expect((await browse('installed', { redirect_url: onward(), installable_url })).status).toBe(403)
      }
      expect(server.received).toEqual([])
    })
  })

  it('logs no secret', async () => {
    const stored = await all()
    for (const { secrets } of stored) expect(bot.lines.join('\n')).not.toContain(secrets['oauthSecret'])
    expect(bot.lines.join('\n')).not.toMatch(/the-attackers|Basic /)
  })
})
