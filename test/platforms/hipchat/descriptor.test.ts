import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../../src/net/http-client.js'
import { createDescriptor } from '../../../src/platforms/hipchat/descriptor.js'
import { type HipChatBot, startHipChatBot } from './bot.js'

interface Served {
  readonly key: string
  readonly links: { readonly self: string; readonly homepage: string }
  readonly capabilities: {
    readonly hipchatApiConsumer: { readonly scopes: readonly string[] }
    readonly installable: Readonly<Record<string, unknown>>
    readonly webhook: readonly Readonly<Record<string, string>>[]
  }
}

describe('GET /descriptor.json', () => {
  let bot: HipChatBot
  const { request, close } = createHttpClient()
  // Not by fetch: it asks caches for a fresh copy where the request has conditions.
  const get = async (headers: Record<string, string> = {}) =>
    await request(`${bot.url}/descriptor.json`, { headers, privateAllowed: true })

  beforeAll(async () => {
    bot = await startHipChatBot({ names: ['deploy status', 'roll'] })
  })
  afterAll(async () => {
    await close()
    await bot.close()
  })

  it('names every address in full, the least scopes, and a signed webhook for the commands', async () => {
    const answer = await get()
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    const text = answer.body.toString()
    const { key, links, capabilities } = JSON.parse(text) as Served
    expect(text).not.toContain('{{')
    expect(key.length).toBeLessThanOrEqual(40)
    expect(links.self).toBe(`${bot.url}/descriptor.json`)
    expect(capabilities.hipchatApiConsumer.scopes).toEqual(['send_notification', 'admin_room'])
    expect(capabilities.installable).toEqual({
      allowGlobal: true,
      allowRoom: true,
      callbackUrl: `${bot.url}/hipchat/installation`,
      updateCallbackUrl: `${bot.url}/hipchat/installation`,
      installedUrl: `${bot.url}/hipchat/installed`,
      updatedUrl: `${bot.url}/hipchat/updated`,
      uninstalledUrl: `${bot.url}/hipchat/uninstalled`,
    })
    const [webhook] = capabilities.webhook
    expect(webhook).toMatchObject({ event: 'room_message', url: `${bot.url}/hipchat/webhook`, authentication: 'jwt' })
    const pattern = new RegExp(webhook?.['pattern'] ?? '')
    expect(['/Deploy status', '/roll', '/help', '/dance'].map((line) => pattern.test(line))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  it('is the same until the commands change', async () => {
    const etag = (await get()).headers['etag'] ?? ''
    expect((await get({ 'if-none-match': etag })).status).toBe(304)
    bot.catalog.change(['roll', 'dance'])
    const changed = await get({ 'if-none-match': etag })
    expect(changed.status).toBe(200)
    expect(changed.body.toString()).toContain('[dD][aA][nN][cC][eE]')
  })
})

describe('descriptor.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descriptor-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const shipped = readFileSync('descriptor.json', 'utf8')
  const catalog = { list: () => [], onChange: () => () => {} }

  const open = (text: string) => {
    const file = join(folder, 'descriptor.json')
    writeFileSync(file, text)
    return createDescriptor({ baseUrl: 'https://bot.example', catalog, file })
  }
  const change = (act: (descriptor: Record<string, Record<string, unknown>>) => void) => {
    const descriptor = JSON.parse(shipped) as Record<string, Record<string, unknown>>
    act(descriptor)
    return JSON.stringify(descriptor)
  }

  it('may carry any other module, whose addresses are made whole too', async () => {
    const glance = [
      { key: 'g', queryUrl: '/glance', icon: { url: '{{baseUrl}}/i.png', 'url@2x': '/i2.png' }, name: { value: '/x' } },
    ]
    const routes = new Map<string, (ctx: Record<string, unknown>) => void>()
    const router = { get: (path: string, act: (ctx: Record<string, unknown>) => void) => routes.set(path, act) }
    open(change((descriptor) => Object.assign(descriptor['capabilities'] ?? {}, { glance }))).route(router as never)
    const ctx: Record<string, unknown> = { set() {} }
    routes.get('/descriptor.json')?.(ctx)
    const served = JSON.parse(String(ctx['body'])) as { capabilities: { glance: unknown } }
    expect(served.capabilities.glance).toEqual([
      {
        key: 'g',
        queryUrl: 'https://bot.example/glance',
        icon: { url: 'https://bot.example/i.png', 'url@2x': 'https://bot.example/i2.png' },
        name: { value: '/x' },
      },
    ])
  })

  it('stops the start with one line where a server would refuse it, or where it would open a door', () => {
    const bad = [
      '',
      '[]',
      '{}',
      change((d) => Object.assign(d, { key: 'k'.repeat(41) })),
      change((d) => Object.assign(d, { name: '' })),
      change((d) => Object.assign(d, { links: { self: 'https://other.example/descriptor.json' } })),
      change((d) => Object.assign(d['capabilities'] ?? {}, { hipchatApiConsumer: { scopes: [] } })),
      change((d) => Object.assign(d['capabilities'] ?? {}, { webhook: [] })),
      change((d) =>
        Object.assign(d['capabilities'] ?? {}, { webhook: { url: '/hipchat/webhook', event: 'room_message' } }),
      ),
    ]
    for (const text of bad) {
      expect(() => open(text)).toThrow(
        expect.objectContaining({ code: 'config', message: expect.stringMatching(/^descriptor\.json.*$/) }),
      )
    }
  })
})
