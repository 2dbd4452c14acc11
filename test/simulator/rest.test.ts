import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { type Credentials, descriptor, openAddon, tokenFor } from './far-side.js'

let simulator: Simulator
let addon: Awaited<ReturnType<typeof openAddon>>
let token: string

beforeEach(async () => {
  addon = await openAddon((got, url) => {
    if (got.path !== '/descriptor.json') return { status: 204 }
    const oauth2Consumer = { redirectionUrls: [`${url}/back`] }
    const webhook = ['room_message', 'room_file_upload'].map((event) => ({ url: `${url}/${event}`, event }))
    return { body: JSON.stringify(descriptor(url, { oauth2Consumer }, webhook)) }
  })
  simulator = createSimulator()
  await simulator.listen()
  token = simulator.issueToken({ user: 'alice' }).token
})

afterEach(async () => {
  await simulator.close()
  await addon.close()
})

// biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of many shapes.
type Json = any

async function api(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST', as = token) {
  const response = await fetch(path.startsWith('http') ? path : `${simulator.url}/v2/${path}`, {
    method,
    headers: { Authorization: `Bearer ${as}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : undefined) as Json,
  }
}

async function installed(): Promise<Credentials> {
  await simulator.install(`${addon.url}/descriptor.json`)
  return JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
}

describe('every link that an answer gives', () => {
  it('leads somewhere', async () => {
    const hook = { url: addon.url, event: 'room_message', name: 'n' }
    const { json: made } = await api('room/Ops/webhook', hook)
    const seen = new Set<string>()
    const follow = async (path: string): Promise<void> => {
      const { status, json } = await api(path)
      expect([path, status]).toEqual([path, 200])
      const links = JSON.stringify(json).matchAll(/"(http[^"]+\/v2\/[^"]+)"/g)
      for (const [, link = ''] of links) {
        if (seen.has(link)) continue
        seen.add(link)
        await follow(link)
      }
    }
    for (const path of ['room', 'user', 'emoticon', `room/Ops/webhook/${made.id}`]) await follow(path)
    expect([...seen].some((link) => link.endsWith('/statistics'))).toBe(true)
  })
})

describe('people', () => {
  const eve = { name: 'Eve Evans', email: 'eve@acme.example', title: 'Tester' }

  it('are taken in, changed and let go', async () => {
    const { status, json } = await api('user', eve)
    expect([status, json.password]).toEqual([201, expect.any(String)])
    expect((await api(`user/${json.id}`)).json).toMatchObject({ ...eve, mention_name: 'EveEvans', is_deleted: false })
    expect((await api('user/eve@acme.example', { title: 'Lead', is_group_admin: true }, 'PUT')).status).toBe(204)
    expect((await api('user/@EveEvans')).json).toMatchObject({ name: 'Eve Evans', title: 'Lead', is_group_admin: true })
    await simulator.say('Lounge', json.id, 'hi')
    const { token: hers } = simulator.issueToken({ user: json.id })
    expect((await api(`user/${json.id}`, undefined, 'DELETE')).status).toBe(204)
    expect((await api('user/@EveEvans')).status).toBe(404)
    expect((await api('user')).json.items).toHaveLength(4)
    expect((await api('room/Lounge', undefined, 'GET', hers)).status).toBe(401)
    // What they said stays theirs.
    expect((await api('room/Lounge/history')).json.items[0].from.name).toBe('Eve Evans')
    expect((await api(`user/${json.id}`)).json.is_deleted).toBe(true)
  })

  it('are refused with the field that is wrong', async () => {
    expect((await api('user', { name: 'Eve' })).json.error).toMatchObject({ code: 400, field: 'email' })
    expect((await api('user', { ...eve, email: 'BOB@acme.example' })).json.error).toMatchObject({ field: 'email' })
    expect((await api('user/@bob', { mention_name: 'alice' }, 'PUT')).json.error.field).toBe('mention_name')
    expect((await api('user/@bob', { timezone: 'Moon/Base' }, 'PUT')).json.error.field).toBe('timezone')
    expect((await api('user/@bob', { is_group_admin: 'yes' }, 'PUT')).json.error.field).toBe('is_group_admin')
  })

  it('have a history of what was written to them alone, and rooms that open by themselves', async () => {
    await api('user/@bob/message', { message: 'psst' })
    await simulator.say('Lounge', 'alice', 'aloud')
    expect((await api('user/@bob/history')).json.items).toMatchObject([{ message: 'psst' }])
    expect((await api('user/@bob/history/latest')).json.items).toHaveLength(1)
    expect((await api('user/@bob/preference/auto-join')).json).toMatchObject({ items: [], startIndex: 0 })
  })
})

describe('pictures', () => {
  it.each([
    ['user/@bob', 'photo', 'photo_url'],
    ['room/Lounge', 'avatar', 'avatar_url'],
  ])('of %s are put, shown and taken away', async (owner, field, url) => {
    const png = Buffer.from('89504e470d0a1a0a', 'hex')
    expect((await api(`${owner}/${field}`)).status).toBe(404)
    expect((await api(`${owner}/${field}`, { [field]: png.toString('base64') }, 'PUT')).status).toBe(204)
    const { headers, status } = await api((await api(owner)).json[url])
    expect([status, headers.get('content-type')]).toEqual([200, 'image/png'])
    expect((await api(`${owner}/${field}`, { [field]: 'no picture!' }, 'PUT')).json.error.field).toBe(field)
    expect((await api(`${owner}/${field}`, undefined, 'DELETE')).status).toBe(204)
    expect((await api(owner)).json[url]).toBeNull()
  })
})

describe('a file', () => {
  const upload = (body: string, type = 'multipart/related; boundary=b1') =>
    fetch(`${simulator.url}/v2/room/Lounge/share/file`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
      body,
    })
  const part = (headers: readonly string[], content: string) => ['--b1', ...headers, '', content].join('\r\n')
  const metadata = part(['Content-Type: application/json; name="metadata"'], '{"message": "The log"}')
  const file = part(
    ['Content-Type: text/plain', 'Content-Disposition: attachment; name="file"; filename="a.txt"'],
    'a\r\nb',
  )

  it('is shared with a message, told to add-ons, and can be fetched', async () => {
    await installed()
    const body = [metadata, file, '--b1--', ''].join('\r\n')
    expect((await upload(body)).status).toBe(204)
    const [entry] = simulator.history('Lounge')
    expect(entry).toMatchObject({ text: 'The log', file: { name: 'a.txt', size: 4 } })
    expect(await (await fetch(entry?.file?.url ?? '')).text()).toBe('a\r\nb')
    await expect.poll(() => addon.posts('/room_').length).toBe(2)
    const items = addon.posts('/room_').map((one) => (JSON.parse(one.body) as Json).item)
    expect(items.map((item) => (item.file ?? item.message.file).name)).toEqual(['a.txt', 'a.txt'])
  })

  it('is refused where there is none', async () => {
    expect(((await (await upload([metadata, '--b1--'].join('\r\n'))).json()) as Json).error.field).toBe('file')
    expect((await upload('{}', 'application/json')).status).toBe(400)
  })
})

describe('a room', () => {
  it('keeps all that it is given', async () => {
    const given = { name: 'New', guest_access: true, owner_user_id: '@bob', delegate_admin_visibility: true }
    expect((await api('room', given)).status).toBe(201)
    expect((await api('room/New')).json).toMatchObject({
      owner: { mention_name: 'bob' },
      is_guest_accessible: true,
      delegate_admin_visibility: true,
    })
    const { id } = (await api('user/@carol')).json
    expect((await api('room/New', { name: 'Newer', owner: { id }, is_guest_accessible: false }, 'PUT')).status).toBe(
      204,
    )
    const { json } = await api('room/Newer')
    expect(json).toMatchObject({ owner: { mention_name: 'carol' }, is_guest_accessible: false })
  })

  it('takes no name that another has, and nothing of a wrong type', async () => {
    const taken = await api('room/Lounge', { name: 'OPS' }, 'PUT')
    expect([taken.status, taken.json.error.message]).toEqual([400, 'Another room exists with that name.'])
    expect((await api('room/Lounge', { name: 'lounge' }, 'PUT')).status).toBe(204)
    for (const [field, value] of Object.entries({ is_archived: 'no', privacy: 'secret', owner: 7, topic: 1 }))
      expect((await api('room/lounge', { [field]: value }, 'PUT')).json.error, field).toMatchObject({ field })
    expect((await api('room/lounge', { owner: { id: 1 } }, 'PUT')).status).toBe(404)
  })

  it('is found by its name with its blanks written as %20 or as plus', async () => {
    await api('room', { name: 'Build room' })
    await api('room', { name: 'C++' })
    for (const [path, name] of Object.entries({
      'Build%20room': 'Build room',
      'Build+room': 'Build room',
      'C++': 'C++',
    }))
      expect((await api(`room/${path}/`)).json.name).toBe(name)
  })

  it('gives its history between two dates', async () => {
    for (const text of ['one', 'two', 'three']) await simulator.say('Lounge', 'alice', text)
    const [, two] = simulator.history('Lounge')
    const date = encodeURIComponent(two?.date ?? '')
    const messages = async (query: string) =>
      (await api(`room/Lounge/history?${query}`)).json.items.map(({ message }: Json) => message)
    expect(await messages(`end-date=${two?.date}`)).toEqual(await messages(`end-date=${date}`))
    expect(await messages('end-date=0')).toEqual(['one', 'two', 'three'])
    expect(await messages(`end-date=${Date.now() / 1000 + 60}`)).toEqual([])
    expect((await api('room/Lounge/history?end-date=soon')).json.error.field).toBe('end-date')
  })
})

describe('expand', () => {
  it('puts whole objects where references were', async () => {
    const rooms = (await api('room?expand=items')).json.items
    expect(rooms[0]).toMatchObject({ name: 'Deployments', topic: 'What goes out, and when' })
    const [person] = (await api('room/Ops/participant?expand=items')).json.items
    expect(person).toMatchObject({ email: 'alice@acme.example' })
    const owners = (await api('room?expand=items.owner,items.participants')).json.items
    expect(owners[0].owner).toHaveProperty('email')
    expect(owners[0].participants[0]).toHaveProperty('timezone')
  })

  it('leaves the rest alone', async () => {
    const plain = (await api('room/Ops')).json
    expect((await api('room/Ops?expand=nothing.here,name.x,,links')).json).toEqual(plain)
  })
})

describe('extensions', () => {
  it('are put, read and deleted, for a room and for all', async () => {
    const own = await tokenFor(await installed())
    for (const path of ['extension/glance/g1', 'room/Lounge/extension/dialog/d1']) {
      const content = { name: { value: 'Builds' }, target: 'panel' }
      expect((await api(path, content, 'PUT', own)).status, path).toBe(201)
      expect((await api(path, undefined, 'GET', own)).json).toMatchObject(content)
      expect((await api(path, undefined, 'DELETE', own)).status).toBe(204)
      expect((await api(path, undefined, 'GET', own)).status).toBe(404)
    }
    expect((await api('extension/glance/g1', {}, 'PUT')).status).toBe(403)
  })

  it('are linked to', async () => {
    const own = await tokenFor(await installed())
    const { status, json } = await api('addon/link', { target: 'panel', ttl: 60 }, 'POST', own)
    expect([status, json.target]).toEqual([201, 'panel'])
    expect((await api(json.links.self, undefined, 'DELETE', own)).status).toBe(204)
    expect((await api(json.links.self, undefined, 'DELETE', own)).status).toBe(404)
    expect((await api('addon/link', {}, 'POST', own)).json.error.field).toBe('target')
  })
})

describe('a token for a person', () => {
  const ask = async ({ oauthId, oauthSecret }: Credentials, asked: Record<string, string>) => {
    const Authorization = `Basic ${Buffer.from(`${oauthId}:${oauthSecret}`).toString('base64')}`
    const init = { method: 'POST', headers: { Authorization }, body: new URLSearchParams(asked) }
    const response = await fetch(`${simulator.url}/v2/oauth/token`, init)
    return { status: response.status, json: (await response.json()) as Json }
  }

  it('comes for a code, once, and again for what came with it', async () => {
    const credentials = await installed()
    const query = new URLSearchParams({
      client_id: credentials.oauthId,
      redirect_uri: `${addon.url}/back`,
      state: 's',
      user: '@bob',
    })
    const consent = await fetch(`${simulator.url}/users/authorize?${query}`, { redirect: 'manual' })
    const back = new URL(consent.headers.get('location') ?? '')
    expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([`${addon.url}/back`, 's'])
    const asked = { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '' }
    expect((await api('room/Lounge', undefined, 'GET', asked.code)).status).toBe(401)
    const { json } = await ask(credentials, asked)
    expect((await ask(credentials, asked)).status).toBe(401)
    const refreshed = await ask(credentials, { grant_type: 'refresh_token', refresh_token: json.refresh_token })
    for (const access of [json.access_token, refreshed.json.access_token])
      expect((await api('room/Lounge/message', { message: 'hi' }, 'POST', access)).status).toBe(201)
    expect(simulator.history('Lounge').map(({ userId }) => userId)).toEqual([3297241, 3297241])
    await simulator.uninstall(credentials.oauthId)
    expect((await api('room/Lounge', undefined, 'GET', json.access_token)).status).toBe(401)
  })

  it('comes for a name and any password', async () => {
    const credentials = await installed()
    const { json } = await ask(credentials, { grant_type: 'password', username: 'bob@acme.example', password: 'x' })
    expect(json.refresh_token).toMatch(/^[A-Za-z0-9]{40}$/)
    expect((await ask(credentials, { grant_type: 'password', username: '@bob' })).json.error.field).toBe('password')
  })

  it('is refused to strangers, in words', async () => {
    const { oauthId } = await installed()
    for (const [query, reason] of [
      [{ client_id: 'x' }, 'client_id is that of no installation'],
      [{ client_id: oauthId, redirect_uri: 'http://elsewhere.example/' }, 'do not name http://elsewhere.example/'],
    ] as const) {
      const answer = await fetch(`${simulator.url}/users/authorize?${new URLSearchParams(query)}`, {
        redirect: 'manual',
      })
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(reason)])
    }
  })

  it('of the kinds that people make themselves is not given here', async () => {
    const { json } = await ask(await installed(), { grant_type: 'personal' })
    expect(json.error).toMatchObject({ code: 400, message: expect.stringContaining('POST /simulator/tokens') })
  })
})

describe('what cannot be read', () => {
  it.each(['v2/room/Lounge/notification', 'simulator/say'])('is refused with its place at /%s', async (path) => {
    const { status, text } = await api(`${simulator.url}/${path}`, '{"message":\n oops}')
    expect(status).toBe(400)
    expect(text).toContain('not valid JSON: unexpected \\"o\\" at line 2, column 2 (position 13)')
  })

  it.each([
    ['data:', 'is not a complete data: address'],
    ['data:,{', 'is not JSON'],
    ['ftp://x', 'is not an http address'],
  ])('is refused as a descriptor: %s', async (url, reason) => {
    const { status, json } = await api(`${simulator.url}/simulator/install`, { url })
    expect([status, json.detail]).toEqual([422, expect.stringContaining(reason)])
  })

  it.each([
    ['install', { url: 'http://localhost:1', follow: 'false' }, "'follow' must be true or false"],
    ['rooms', { name: 'New', privacy: 'secret' }, "'privacy' must be public or private"],
    ['presence', { room: 'Lounge', user: 'bob', event: 'left' }, "'event' must be room_enter or room_exit"],
  ])('is refused by the API of the simulator itself: %s', async (path, body, detail) => {
    const { status, json } = await api(`${simulator.url}/simulator/${path}`, body)
    expect([status, json.detail]).toEqual([400, detail])
  })

  it('is refused as an address to go on to', async () => {
    const odd = await openAddon((got, url) => {
      if (got.path !== '/descriptor.json') return { status: 302, headers: { location: 'http://[' } }
      return { body: JSON.stringify(descriptor(url, { installable: { installedUrl: `${url}/set-up` } })) }
    })
    const { status, json } = await api(`${simulator.url}/simulator/install`, { url: `${odd.url}/descriptor.json` })
    expect([status, json.detail]).toEqual([422, 'Echo sent the browser to http://['])
    await odd.close()
  })
})
