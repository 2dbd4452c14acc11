import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { type Credentials, descriptor, openAddon, tokenFor } from './far-side.js'

let simulator: Simulator
let addon: Awaited<ReturnType<typeof openAddon>>
let folder: string
let stateFile: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'))
  stateFile = join(folder, 'deep', 'state.json')
  addon = await openAddon((got, url) =>
    got.path === '/descriptor.json' ? { body: JSON.stringify(descriptor(url)) } : { status: 204 },
  )
  simulator = createSimulator({ port: 0, stateFile })
  await simulator.listen()
})

afterEach(async () => {
  await simulator.close()
  await addon.close()
  rmSync(folder, { recursive: true })
})

async function installed(): Promise<Credentials> {
  await simulator.install(`${addon.url}/descriptor.json`)
  return JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
}

/** A request whose Host and Origin are the test's own. */
function ask(path: string, headers: Record<string, string>, method = 'GET', body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(simulator.url)
    const request = http.request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    request.on('error', reject).end(body)
  })
}

function notify(token: string): Promise<number> {
  return fetch(`${simulator.url}/v2/room/Lounge/notification`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: '{"message": "x"}',
  }).then(async (answer) => {
    await answer.text()
    return answer.status
  })
}

describe('a simulator and other web sites', () => {
  const json = { 'Content-Type': 'application/json' }
  const line = JSON.stringify({ room: 'Lounge', user: 'alice', text: 'hi' })

  it('answers only to its own names', async () => {
    expect(await ask('/simulator/state', { Host: 'evil.example' })).toBe(403)
    expect(await ask('/v2/capabilities', { Host: 'evil.example:3001' })).toBe(403)
    expect(await ask('/simulator/state', { Host: 'localhost:3001' })).toBe(200)
  })

  it('lets no other page write or read', async () => {
    expect(await ask('/simulator/say', { ...json, Origin: 'https://evil.example' }, 'POST', line)).toBe(403)
    expect(await ask('/simulator/say', { ...json, Origin: 'null' }, 'POST', line)).toBe(403)
    expect(await ask('/simulator/events', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' })).toBe(403)
    expect(await ask('/simulator/state', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'navigate' })).toBe(403)
    expect(await ask('/simulator/say', { 'Content-Type': 'text/plain' }, 'POST', line)).toBe(415)
    expect(await ask('/simulator/say', { ...json, Origin: simulator.url }, 'POST', line)).toBe(201)
    expect(simulator.history('Lounge')).toHaveLength(1)
  })

  it('serves its page without leave for scripts from elsewhere, frames or forms', async () => {
    const { headers } = await fetch(`${simulator.url}/`)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  it('never shows a secret', async () => {
    const { oauthSecret } = await installed()
    expect(await (await fetch(`${simulator.url}/simulator/state`)).text()).not.toContain(oauthSecret)
  })

  it('says plainly what is wrong with a request', async () => {
    const bad: [string, string][] = [
      ['say', '{"room": "Nowhere", "user": "alice", "text": "x"}'],
      ['say', '{"room": "Ops", "user": "dana", "text": "x"}'],
      ['say', '{"room": "Lounge", "user": "alice", "text": 5}'],
      ['say', 'no json'],
      ['say', '[]'],
      ['faults', '{"kind": "explode"}'],
      ['faults', '{"kind": "delay", "delayMs": -1}'],
      ['install', '{"url": "ftp://x"}'],
      ['say', JSON.stringify({ room: 'Lounge', user: 'alice', text: 'x'.repeat(2_000_000) })],
    ]
    const statuses = await Promise.all(bad.map(([path, body]) => ask(`/simulator/${path}`, json, 'POST', body)))
    expect(statuses).toEqual([404, 403, 400, 400, 400, 400, 400, 422, 413])
  })
})

describe('what a simulator remembers', () => {
  it('stands again after the process was killed: installation, token and messages', async () => {
    const credentials = await installed()
    const token = await tokenFor(credentials)
    await simulator.say('Lounge', 'alice', 'hello')
    await expect.poll(() => readFileSync(stateFile, 'utf8')).toContain('hello')
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)

    // A second one on the same file is what a restart after kill -9 sees.
    const again = createSimulator({ port: 0, stateFile })
    await again.listen()
    expect(again.addons()).toMatchObject([{ oauthId: credentials.oauthId, webhooks: [{ pattern: '^/echo' }] }])
    expect(again.history('Lounge')).toMatchObject([{ text: 'hello' }])
    const room = await fetch(`${again.url}/v2/room/Lounge?auth_token=${token}`)
    expect(room.status).toBe(200)
    await again.close()
  })

  it('has an installation on disk before its POST is answered to whoever asked for it', async () => {
    const { oauthId } = await installed()
    expect(readFileSync(stateFile, 'utf8')).toContain(oauthId)
  })

  it('keeps two hundred messages in a room', async () => {
    for (let i = 0; i < 210; i++) await simulator.say('Lounge', 'alice', String(i))
    expect(simulator.history('Lounge')).toHaveLength(200)
    expect(simulator.history('Lounge')[0]).toMatchObject({ text: '10' })
  })

  it('names a file that it cannot read', () => {
    const file = join(folder, 'broken.json')
    writeFileSync(file, '{"version": 1')
    expect(() => createSimulator({ port: 0, stateFile: file })).toThrow(file)
  })
})

describe('a fault', () => {
  it('answers a status as often as it was told', async () => {
    const token = await tokenFor(await installed())
    simulator.faults.add({ target: 'notification', kind: 'status', status: 503, count: 2 })
    expect([await notify(token), await notify(token), await notify(token)]).toEqual([503, 503, 204])
  })

  it('breaks an answer off, before or after the request is served', async () => {
    const token = await tokenFor(await installed())
    for (const [kind, left] of [
      ['reset', 0],
      ['dead', 0],
      ['lost', 1],
    ] as const) {
      simulator.faults.add({ target: 'notification', kind, count: 1 })
      await expect(notify(token)).rejects.toThrow()
      expect(simulator.history('Lounge').filter(({ kind }) => kind === 'notification')).toHaveLength(left)
    }
  })

  it('hangs until it is let go', async () => {
    const credentials = await installed()
    simulator.faults.add({ target: 'token', kind: 'hang' })
    const given = await Promise.race([
      tokenFor(credentials).catch(() => 'failed'),
      new Promise((go) => setTimeout(go, 100, 'hangs')),
    ])
    expect(given).toBe('hangs')
    simulator.faults.clear()
    expect(await tokenFor(credentials)).toMatch(/^\w{40}$/)
  })

  it('refuses tokens, and lets those that exist grow old', async () => {
    const credentials = await installed()
    const token = await tokenFor(credentials)
    simulator.faults.add({ target: 'token', kind: 'refuse', count: 1 })
    expect(await tokenFor(credentials)).toBeUndefined()
    simulator.expireTokens(credentials.oauthId)
    expect(await notify(token)).toBe(401)
  })

  it('delivers twice, with the least members, or not at all', async () => {
    await installed()
    for (const kind of ['duplicate', 'minimal', 'drop'] as const) {
      simulator.faults.add({ target: 'delivery', kind, count: 1 })
      await simulator.say('Lounge', 'alice', `/echo ${kind}`)
    }
    const bodies = addon.posts('/webhook').map(({ body }) => body)
    expect(bodies).toHaveLength(3)
    expect(bodies[0]).toBe(bodies[1])
    expect(JSON.parse(bodies[2] ?? '')).toEqual({
      event: 'room_message',
      item: {
        message: expect.objectContaining({
          message: '/echo minimal',
          from: { id: 3297240, mention_name: 'alice', name: 'Alice Archer' },
        }),
        room: { id: 4594248, name: 'Lounge' },
      },
      webhook_id: expect.any(Number),
    })
  })

  it('signs by a clock that is wrong', async () => {
    await installed()
    for (const fault of [{}, { offMs: -3_600_000 }]) {
      simulator.faults.add({ target: 'delivery', kind: 'clock', count: 1, ...fault })
      await simulator.say('Lounge', 'alice', '/echo late')
    }
    const offs = addon.posts('/webhook').map(({ headers }) => {
      const [, claims = ''] = (headers.authorization ?? '').split('.')
      return Math.round((JSON.parse(Buffer.from(claims, 'base64url').toString()).iat * 1000 - Date.now()) / 60_000)
    })
    expect(offs).toEqual([10, -60])
  })

  it('is told of to those who watch: when it is set, when it is used up, when its time is over, when it is gone', async () => {
    await installed()
    const told: number[] = []
    simulator.onEvent((event) => event.type === 'faults' && told.push(event.faults.length))
    simulator.faults.add({ target: 'delivery', kind: 'drop', count: 1 })
    await simulator.say('Lounge', 'alice', '/echo one')
    simulator.faults.add({ target: 'delivery', kind: 'drop', forMs: 50 })
    await expect.poll(() => told).toEqual([1, 0, 1, 0])
    simulator.faults.add({ target: 'delivery', kind: 'drop' })
    simulator.faults.clear()
    expect(told).toEqual([1, 0, 1, 0, 1, 0])
  })

  it('is set and taken away over HTTP too', async () => {
    const url = `${simulator.url}/simulator/faults`
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ target: 'capabilities', kind: 'status', status: 500 })
    const { id } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as { id: number }
    expect((await fetch(`${simulator.url}/v2/capabilities`)).status).toBe(500)
    expect(await (await fetch(url)).json()).toMatchObject([{ id, target: 'capabilities' }])
    await fetch(`${url}/${id}`, { method: 'DELETE' })
    expect((await fetch(`${simulator.url}/v2/capabilities`)).status).toBe(200)
  })
})
