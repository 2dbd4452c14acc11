import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { type Answers, type Credentials, descriptor, openAddon, tokenFor } from './far-side.js'

type Addon = Awaited<ReturnType<typeof openAddon>>

let simulator: Simulator
let addon: Addon
let onInstall: (credentials: Credentials) => Promise<number> | number
let onWebhook: Answers
let described: (url: string) => unknown

beforeEach(async () => {
  onInstall = () => 204
  onWebhook = { status: 204 }
  described = (url) => descriptor(url)
  addon = await openAddon(async (got, url) => {
    if (got.path === '/descriptor.json') return { body: JSON.stringify(described(url)) }
    if (got.path === '/installed') return { status: await onInstall(JSON.parse(got.body) as Credentials) }
    if (got.path.startsWith('/webhook')) return onWebhook
    return { status: 404 }
  })
  simulator = createSimulator({ port: 0 })
  await simulator.listen()
})

afterEach(async () => {
  await simulator.close()
  await addon.close()
})

async function installed(room?: string): Promise<Credentials> {
  await simulator.install(`${addon.url}/descriptor.json`, room ? { room } : {})
  return JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
}

async function api(path: string, token: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const answer = await fetch(`${simulator.url}/v2/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, json: (text ? JSON.parse(text) : undefined) as Json }
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of many shapes.
type Json = any

describe('the capabilities document', () => {
  it('is called HipChat, names exactly its own address, and gives the API with a slash at its end', async () => {
    const url = `${simulator.url}/v2/capabilities`
    const document = (await (await fetch(url)).json()) as Json
    expect(document).toMatchObject({ name: 'HipChat', key: 'hipchat', connect_server_api_version: 1 })
    expect(document.links).toMatchObject({ self: url, api: `${simulator.url}/v2` })
    expect(document.capabilities.hipchatApiProvider.url).toBe(`${simulator.url}/v2/`)
    expect(Object.keys(document.capabilities.hipchatApiProvider.availableScopes)).toHaveLength(9)
    expect(document.capabilities.oauth2Provider.tokenUrl).toBe(`${simulator.url}/v2/oauth/token`)
  })
})

describe('installing', () => {
  it('posts fresh credentials, with the room only where there is one', async () => {
    const whole = await installed()
    expect(whole.oauthId).toMatch(/^[0-9a-f-]{36}$/)
    expect(whole.oauthSecret).toMatch(/^[A-Za-z0-9]{40}$/)
    expect(Object.keys(whole).sort()).toEqual(['capabilitiesUrl', 'groupId', 'oauthId', 'oauthSecret'])
    expect((await installed('Lounge')).roomId).toBe(4594248)
  })

  it('gives a token, and lets the API be used, while its POST is still pending', async () => {
    let room = 0
    onInstall = async (credentials) => {
      room = (await api('room/Lounge', await tokenFor(credentials))).status
      return 200
    }
    await installed()
    expect(room).toBe(200)
  })

  it('takes its client back when the add-on refuses', async () => {
    let credentials: Credentials | undefined
    onInstall = (given) => {
      credentials = given
      return 403
    }
    await expect(installed()).rejects.toThrow('Echo refused the installation')
    expect(simulator.addons()).toEqual([])
    if (!credentials) throw new Error('nothing was posted')
    expect(await tokenFor(credentials)).toBeUndefined()
  })

  it('sends the browser round in the client-side flow, with an address that answers once', async () => {
    let bodies: unknown[] = []
    const shop = await openAddon(async (got, url) => {
      const { pathname, searchParams } = new URL(got.path, url)
      if (pathname === '/descriptor.json') {
        return { body: JSON.stringify(descriptor(url, { installable: { installedUrl: `${url}/set-up` } })) }
      }
      const address = searchParams.get('installable_url') ?? ''
      bodies = await Promise.all(
        [await fetch(address), await fetch(address)].map(async (one) => [one.status, await one.text()]),
      )
      return { status: 302, headers: { location: searchParams.get('redirect_url') ?? '' } }
    })
    const result = await simulator.install(`${shop.url}/descriptor.json`)
    expect(result.pending).toBe(false)
    expect(bodies).toEqual([
      [200, expect.stringContaining(result.oauthId)],
      [404, expect.anything()],
    ])
    await shop.close()
  })

  it('removes the client first and then tells the add-on, when uninstalling', async () => {
    const credentials = await installed()
    const token = await tokenFor(credentials)
    await simulator.uninstall(credentials.oauthId)
    expect(addon.got.at(-1)).toMatchObject({ method: 'DELETE', path: `/installed/${credentials.oauthId}` })
    expect((await api('room/Lounge', token)).status).toBe(401)
    expect(await tokenFor(credentials)).toBeUndefined()
  })

  it('updates at updateCallbackUrl with the same credentials, elsewhere with new ones', async () => {
    const first = await installed()
    const { oauthId } = await simulator.update(first.oauthId)
    expect(oauthId).not.toBe(first.oauthId)
    described = (url) =>
      descriptor(url, { installable: { callbackUrl: `${url}/installed`, updateCallbackUrl: `${url}/webhook/updated` } })
    expect((await simulator.update(oauthId)).oauthId).toBe(oauthId)
    expect(JSON.parse(addon.got.at(-1)?.body ?? '')).toMatchObject({ oauthId })
  })
})

describe('a webhook', () => {
  it('carries the captured headers and no others', async () => {
    await installed()
    await simulator.say('Deployments', 'alice', '/echo hello')
    const [got] = addon.posts('/webhook')
    expect(Object.keys(got?.headers ?? {}).sort()).toEqual(
      ['accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host'].sort(),
    )
    expect(got?.headers).toMatchObject({
      connection: 'close',
      'content-type': 'application/json',
      'accept-encoding': 'gzip',
    })
  })

  it('is signed with the secret, in the spacing of Python', async () => {
    const { oauthId, oauthSecret } = await installed()
    await simulator.say('Deployments', 'alice', '/echo hello')
    const [, token = ''] = /^JWT (.+)$/.exec(addon.posts('/webhook')[0]?.headers.authorization ?? '') ?? []
    const [head = '', claims = '', signature] = token.split('.')
    expect(createHmac('sha256', oauthSecret).update(`${head}.${claims}`).digest('base64url')).toBe(signature)
    expect(Buffer.from(head, 'base64url').toString()).toBe('{"alg": "HS256", "typ": "JWT"}')
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Json
    expect(read).toMatchObject({ iss: oauthId, sub: '3297240', prn: '3297240', context: { room_id: 4594247 } })
    expect(read.exp - read.iat).toBe(900)
    expect(read.jti).toMatch(/^[A-Za-z0-9]{20}$/)
  })

  it('comes once for each webhook that matches', async () => {
    described = (url) =>
      descriptor(
        url,
        {},
        ['/role', '@role', '^/other'].map((pattern) => ({ url: `${url}/webhook`, event: 'room_message', pattern })),
      )
    await installed()
    const { deliveries } = await simulator.say('Lounge', 'bob', '/role @role x')
    expect(deliveries.map(({ state }) => state)).toEqual(['answered', 'answered'])
    expect(new Set(addon.posts('/webhook').map(({ body }) => (JSON.parse(body) as Json).webhook_id)).size).toBe(2)
  })

  it('comes only from the room of a room installation', async () => {
    await installed('Lounge')
    await simulator.say('Deployments', 'alice', '/echo')
    await simulator.say('Lounge', 'alice', '/echo')
    expect(addon.posts('/webhook')).toHaveLength(1)
  })

  it('has its JSON answer shown as a notification, and nothing else of it', async () => {
    await installed()
    for (const body of ['', '{}', '{"message": ""}', 'no json']) {
      onWebhook = { body }
      const { deliveries } = await simulator.say('Lounge', 'alice', '/echo')
      expect(deliveries.map(({ shown }) => shown)).toEqual([undefined])
    }
    onWebhook = { body: JSON.stringify({ message: 'again', color: 'green', message_format: 'text' }) }
    expect((await simulator.say('Lounge', 'alice', '/echo')).deliveries).toMatchObject([{ status: 200, shown: true }])
    const shownOnes = simulator.history('Lounge').filter(({ kind }) => kind === 'notification')
    expect(shownOnes).toMatchObject([{ text: 'again', color: 'green', from: 'Echo' }])
    expect(simulator.history('Lounge').filter(({ kind }) => kind === 'notice')).toHaveLength(2)
  })

  it('expands @all in mentions and names the members of private rooms alone', async () => {
    await installed()
    await simulator.say('Ops', 'alice', '/echo @all')
    await simulator.say('Lounge', 'alice', '/echo @bob')
    const [ops, lounge] = addon.posts('/webhook').map(({ body }) => (JSON.parse(body) as Json).item)
    expect(ops.message.mentions.map((one: Json) => one.mention_name)).toEqual(['alice', 'bob', 'carol'])
    expect(lounge.message.mentions.map((one: Json) => one.mention_name)).toEqual(['bob'])
    expect(ops.room.links.members).toBe(`${simulator.url}/v2/room/4594249/member`)
    expect(lounge.room.links).not.toHaveProperty('members')
  })

  it('says in the room why no answer came', async () => {
    await installed()
    await addon.close()
    await simulator.say('Lounge', 'alice', '/echo')
    expect(simulator.history('Lounge').at(-1)).toMatchObject({
      kind: 'notice',
      text: 'Echo did not answer: connection refused.',
    })
  })

  it('tells of notifications as room_notification, never as room_message', async () => {
    described = (url) =>
      descriptor(
        url,
        {},
        ['room_message', 'room_notification'].map((event) => ({ url: `${url}/webhook`, event })),
      )
    const token = await tokenFor(await installed())
    await api('room/Lounge/notification', token, { message: 'hi', card: { style: 'link', id: '1', title: 't' } })
    await expect.poll(() => addon.posts('/webhook').length).toBe(1)
    const { event, item } = JSON.parse(addon.posts('/webhook')[0]?.body ?? '') as Json
    expect(event).toBe('room_notification')
    expect(item.message).toMatchObject({ from: 'Echo', type: 'notification', color: 'yellow', message_format: 'html' })
    expect(JSON.parse(item.message.card)).toMatchObject({ id: '1', validation: expect.anything() })
  })
})

describe('the token endpoint', () => {
  it('takes a form, JSON and a query, and gives no more than was asked', async () => {
    const { oauthId, oauthSecret } = await installed()
    const Authorization = `Basic ${Buffer.from(`${oauthId}:${oauthSecret}`).toString('base64')}`
    const asked = { grant_type: 'client_credentials', scope: 'send_notification view_room' }
    const url = `${simulator.url}/v2/oauth/token`
    const ways = [
      fetch(url, { method: 'POST', headers: { Authorization }, body: new URLSearchParams(asked) }),
      fetch(url, {
        method: 'POST',
        headers: { Authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify(asked),
      }),
      fetch(`${url}?${new URLSearchParams(asked)}`, { method: 'POST', headers: { Authorization } }),
    ]
    for (const answer of await Promise.all(ways)) {
      expect(await answer.json()).toMatchObject({
        access_token: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
        token_type: 'bearer',
        expires_in: 3600,
        group_id: 1,
        group_name: 'Acme',
        scope: 'send_notification view_room',
      })
    }
  })

  it('answers in the envelope to nobody, to strangers and to scopes that were not granted', async () => {
    const url = `${simulator.url}/v2/oauth/token?grant_type=client_credentials`
    const nobody = await fetch(url, { method: 'POST' })
    expect([nobody.status, await nobody.json()]).toEqual([
      401,
      {
        error: {
          code: 401,
          message: 'Authenticated requests only. See https://www.hipchat.com/docs/apiv2/auth for more information.',
          type: 'Unauthorized',
        },
      },
    ])
    const credentials = await installed()
    expect(await tokenFor({ ...credentials, oauthSecret: '0'.repeat(40) })).toBeUndefined()
    expect(await tokenFor(credentials, 'admin_group')).toBeUndefined()
  })

  it('shows a token and revokes it', async () => {
    const credentials = await installed('Lounge')
    const token = await tokenFor(credentials)
    const shown = await api(`oauth/token/${token}`, token)
    expect(shown.json).toMatchObject({
      access_token: token,
      client: { oauth_client_id: credentials.oauthId, room: { id: 4594248 } },
    })
    expect((await api(`oauth/token/${token}`, token, undefined, 'DELETE')).status).toBe(204)
    expect((await api('room/Lounge', token)).json.error.message).toBe('Invalid OAuth session')
  })
})

describe('the REST API', () => {
  it('takes a notification and says where it stands', async () => {
    const token = await tokenFor(await installed())
    const { status, headers } = await api('room/4594247/notification', token, { message: '<b>hi</b>' })
    expect(status).toBe(204)
    const [, id = ''] = /\/v2\/room\/4594247\/history\/([0-9a-f-]{36})$/.exec(headers.get('location') ?? '') ?? []
    expect((await api(`room/Deployments/history/${id}`, token)).json.message).toMatchObject({
      id,
      from: 'Echo',
      message: '<b>hi</b>',
    })
  })

  it('refuses notify as a string in the captured words', async () => {
    const token = await tokenFor(await installed())
    const { status, json } = await api('room/Lounge/notification', token, { message: 'x', notify: 'true' })
    expect(status).toBe(400)
    expect(json).toEqual({
      error: {
        code: 400,
        expected_type: 'boolean',
        field: 'notify',
        message: "Value u'true' for field 'notify' is not of type 'boolean'",
        type: 'Bad Request',
        validation: 'type',
        value: 'true',
      },
    })
  })

  it('finds rooms by id, by name and behind doubled slashes, and takes the token in the address', async () => {
    const token = await tokenFor(await installed())
    await api('room', token, { name: 'With spaces & more', privacy: 'public' })
    for (const path of [
      'room/4594248',
      'room/Lounge',
      '/room/Lounge',
      '/room//Lounge',
      'room/With%20spaces%20%26%20more',
    ]) {
      expect([path, (await api(path, token)).status]).toEqual([path, 200])
    }
    expect((await fetch(`${simulator.url}/v2/room/Lounge?auth_token=${token}`)).status).toBe(200)
  })

  it('says what is missing: token, scope, room, reach, verb', async () => {
    const credentials = await installed('Lounge')
    const token = await tokenFor(credentials)
    const poor = await tokenFor(credentials, 'send_notification')
    expect((await fetch(`${simulator.url}/v2/room/Lounge`)).status).toBe(401)
    expect((await api('room/Lounge', 'nonsense')).json.error).toMatchObject({
      code: 401,
      message: 'Invalid OAuth session',
    })
    expect((await api('room/Lounge', poor)).json.error).toEqual({
      code: 403,
      message: "This action requires one of the following scopes: [u'view_group', u'view_room']",
      type: 'Forbidden',
    })
    expect((await api('room/Nowhere', token)).json.error).toMatchObject({ code: 404, type: 'Not Found' })
    expect((await api('room/Ops', token)).status).toBe(403)
    expect((await api('room/Lounge/notification', token, undefined, 'GET')).json.error.code).toBe(405)
    expect((await api('nothing/here', token)).json.error.code).toBe(404)
  })

  it('only checks the token where auth_test is asked', async () => {
    const token = await tokenFor(await installed())
    expect((await api('room/Lounge/notification?auth_test=true', token, {})).status).toBe(202)
    expect((await api('room/Lounge/notification?auth_test=true', 'nonsense', {})).status).toBe(401)
    expect(simulator.history('Lounge')).toEqual([])
  })

  it('registers webhooks in both generations', async () => {
    const token = await tokenFor(await installed())
    const body = {
      url: `${addon.url}/webhook/rest`,
      event: 'room_message',
      pattern: '^!x',
      key: 'x',
      authentication: 'jwt',
    }
    const { status, json } = await api('room/Lounge/extension/webhook/x', token, body, 'PUT')
    expect([status, json.key]).toEqual([201, 'x'])
    await api('room/Lounge/extension/webhook/x', token, body, 'PUT')
    const old = await api('room/Lounge/webhook', token, {
      url: `${addon.url}/webhook/old`,
      event: 'room_message',
      name: 'n',
      pattern: '^!y',
    })
    expect(old.status).toBe(201)
    expect((await api('room/Lounge/webhook', token)).json.items).toMatchObject([
      { key: 'x' },
      { id: old.json.id, name: 'n' },
    ])
    await simulator.say('Lounge', 'alice', '!x')
    await simulator.say('Deployments', 'alice', '!x')
    expect(addon.posts('/webhook/rest')).toHaveLength(1)
    expect((await api(`room/Lounge/webhook/${old.json.id}`, token, undefined, 'DELETE')).status).toBe(204)
    expect((await api('room/Lounge/extension/webhook/x', token, undefined, 'DELETE')).status).toBe(204)
    expect((await api('room/Lounge/extension/webhook/x', token)).status).toBe(404)
  })

  it('refuses a webhook whose pattern is none', async () => {
    const token = await tokenFor(await installed())
    const { status, json } = await api('room/Lounge/webhook', token, {
      url: addon.url,
      event: 'room_message',
      name: 'n',
      pattern: '(',
    })
    expect([status, json.error.field]).toEqual([400, 'pattern'])
  })

  it('pages through history, newest first, and changes the topic', async () => {
    const token = await tokenFor(await installed())
    for (const text of ['one', 'two', 'three']) await simulator.say('Lounge', 'alice', text)
    const { json } = await api('room/Lounge/history?max-results=2', token)
    expect(json.items.map((one: Json) => one.message)).toEqual(['two', 'three'])
    expect(json.links.next).toContain('start-index=2')
    expect((await api('room/Lounge/topic', token, { topic: 'Tea' }, 'PUT')).status).toBe(204)
    expect((await api('room/Lounge', token)).json.topic).toBe('Tea')
  })

  it('counts requests and messages in headers, and answers 429 over the limit', async () => {
    await simulator.close()
    simulator = createSimulator({ port: 0, limits: { requests: 4, messages: 2 } })
    await simulator.listen()
    const token = await tokenFor(await installed())
    const say = () => api('room/Lounge/notification', token, { message: 'x' })
    const answers = [await say(), await say(), await say(), await say(), await say()]
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 429, 429, 429])
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['3', '2', '1', '0', '0'])
    expect(answers[1]?.headers.get('x-floodcontrol-remaining')).toBe('0')
    expect(Number(answers[4]?.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000)
    expect(answers[4]?.json.error).toEqual({ code: 429, message: 'Rate Limit exceeded', type: 'Too Many Requests' })
  })
})

describe('people', () => {
  it('are written to alone', async () => {
    const token = await tokenFor(await installed())
    expect((await api('user/@bob/message', token, { message: 'psst' })).status).toBe(204)
    expect((await api('user/bob@acme.example/message', token, { message: '' })).status).toBe(400)
    expect((await api('user/@nobody/message', token, { message: 'psst' })).status).toBe(404)
    expect(simulator.history('Deployments')).toMatchObject([{ kind: 'private', text: 'psst', toUserId: 3297241 }])
    expect((await api('room/Deployments/history', token)).json.items).toEqual([])
  })

  it('are found by id, e-mail address and mention', async () => {
    const token = await tokenFor(await installed())
    for (const who of ['3297242', 'carol@acme.example', '@carol']) {
      expect((await api(`user/${who}`, token)).json).toMatchObject({ id: 3297242, mention_name: 'carol' })
    }
    expect((await api('room/Ops/member', token)).json.items).toHaveLength(3)
    expect((await api('user?max-results=2&start-index=1', token)).json).toMatchObject({ startIndex: 1, maxResults: 2 })
  })

  it('write by REST with tokens of their own, which add-ons hear', async () => {
    await installed()
    const headers = { 'Content-Type': 'application/json' }
    const made = await fetch(`${simulator.url}/simulator/tokens`, { method: 'POST', headers, body: '{"user": "bob"}' })
    const { token } = (await made.json()) as { token: string }
    const { status, json } = await api('room/Lounge/message', token, { message: '/echo by REST' })
    expect([status, json]).toEqual([201, { id: expect.any(String), timestamp: expect.any(String) }])
    await expect.poll(() => addon.posts('/webhook').length).toBe(1)
  })
})

describe('other events', () => {
  it('are told to those who listen', async () => {
    const events = ['room_topic_change', 'room_enter', 'room_exit', 'room_created', 'room_archived']
    described = (url) =>
      descriptor(
        url,
        {},
        events.map((event) => ({ url: `${url}/webhook`, event })),
      )
    const token = await tokenFor(await installed())
    const headers = { 'Content-Type': 'application/json' }
    await api('room/Lounge/topic', token, { topic: 'Tea' }, 'PUT')
    for (const event of ['room_enter', 'room_exit']) {
      const body = JSON.stringify({ room: 'Lounge', user: 'carol', event })
      await fetch(`${simulator.url}/simulator/presence`, { method: 'POST', headers, body })
    }
    await api('room', token, { name: 'New' })
    await api('room/New', token, { is_archived: true }, 'PUT')
    await expect.poll(() => addon.posts('/webhook').length).toBe(5)
    const bodies = addon.posts('/webhook').map(({ body }) => JSON.parse(body) as Json)
    expect(bodies.map(({ event }) => event).sort()).toEqual(events.sort())
    expect(bodies.find(({ event }) => event === 'room_enter').item.sender).toMatchObject({ mention_name: 'carol' })
    expect(bodies.find(({ event }) => event === 'room_topic_change').item).toMatchObject({ topic: 'Tea' })
    expect((await api('room/New/notification', token, { message: 'x' })).status).toBe(403)
  })
})

describe('patterns', () => {
  it.each([
    ['\\A/x\\b', '/x y', true],
    ['(?i)^/echo', '/ECHO', true],
    ['^/echo', '/ECHO', false],
    ['@role', 'hello @role', true],
    ['', 'anything', true],
    ['^/echo\u0008.+', '/echo hi', false],
    [`(a+)+$`, `${'a'.repeat(30_000)}b`, false],
  ])('%s', async (pattern, text, hit) => {
    described = (url) => descriptor(url, {}, { url: `${url}/webhook`, event: 'room_message', pattern })
    await installed()
    const { deliveries } = await simulator.say('Lounge', 'alice', text)
    expect(deliveries).toHaveLength(hit ? 1 : 0)
  })

  it('that are none refuse the descriptor', async () => {
    described = (url) => descriptor(url, {}, { url: `${url}/webhook`, event: 'room_message', pattern: '(?=x)' })
    await expect(installed()).rejects.toThrow('capabilities.webhook[0].pattern is not allowed: it has a look-ahead')
  })
})
