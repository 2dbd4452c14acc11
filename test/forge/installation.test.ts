import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../src/net/http-client.js'
import { readAllowedHosts } from '../../src/platforms/hipchat/installation/allowed-hosts.js'
import { createRandom, hostileTexts, seed } from '../fixtures/forge.js'
import { type Client, type HipChat, startHipChat } from '../fixtures/hipchat.js'
import { type HipChatBot, startHipChatBot } from '../platforms/hipchat/bot.js'
import { type ForgedBot, moment, shownBy, startForgedBot } from './bot.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('a stranger who knows an oauthId', () => {
  it('takes nothing over, by whatever server, secret, or haste', async () => {
    const { bot, server, client } = await installed()
    const other = await hipChat()
    const mine = other.addClient({ oauthId: client.oauthId })
    const body = server.installBody(client)
    const takeovers = [
      { ...body, oauthSecret: mine.oauthSecret },
      { ...other.installBody(mine) },
      { ...other.installBody(mine), oauthSecret: client.oauthSecret },
      { ...body, capabilitiesUrl: `${server.capabilitiesUrl}?x` },
      { ...body, capabilitiesUrl: server.capabilitiesUrl.replace('/v2', '//v2') },
      { ...body, capabilitiesUrl: `${other.url}/v2/capabilities#${server.capabilitiesUrl}` },
    ]
    const round = takeovers.map((takeover) => bot.install(takeover))
    const honest = bot.install(body)
    const all = await Promise.all([...round, ...takeovers.map((takeover) => bot.install(takeover))])
    for (const { status } of all) expect([400, 403, 409]).toContain(status)
    expect((await honest).status).toBe(200)
    await expectStillTheirs(bot, server, client)
    expect(await bot.say({ ...client, oauthSecret: mine.oauthSecret }, '/ping')).toBe(401)
    expect(other.calls(/token|notification/)).toEqual([])
  })

  it('has one winner where two servers claim a new one at once, and keeps to it', async () => {
    for (let round = 0; round < 5; round++) {
      const [one, two] = [await hipChat(), await hipChat()]
      const bot = await forgedBot(hostsOf(one, two))
      const first = one.addClient()
      const second = two.addClient({ oauthId: first.oauthId })
      one.instead(/capabilities/, { delayMs: round * 10 })
      const claims = Array.from({ length: 10 }, (_, at) =>
        bot.install(at % 2 ? one.installBody(first) : two.installBody(second)),
      )
      const statuses = (await Promise.all(claims)).map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(5)
      expect(statuses.filter((status) => status === 409)).toHaveLength(5)
      const winners = [await bot.say(first, '/ping'), await bot.say(second, '/ping')]
      expect(winners.sort()).toEqual([204, 401])
    }
  })

  it('removes nothing that its server still knows', async () => {
    const { bot, server, client } = await installed()
    const other = await hipChat()
    const mine = other.addClient({ oauthId: client.oauthId })
    const browse = (query: Record<string, string>) =>
      fetch(`${bot.url}/hipchat/uninstalled?${new URLSearchParams(query)}`, { redirect: 'manual' })
    const tries = await Promise.all([
      fetch(`${bot.url}/hipchat/installation/${client.oauthId}`, { method: 'DELETE' }),
      fetch(`${bot.url}/hipchat/installation/${client.oauthId}?oauthSecret=${mine.oauthSecret}`, { method: 'DELETE' }),
      browse({ redirect_url: other.url, installable_url: other.installable(mine) }),
      browse({ redirect_url: server.url, installable_url: server.installable(client) }),
    ])
    for (const { status } of tries) expect(status).toBe(403)
    await expectStillTheirs(bot, server, client)
  })

  it('removes nothing while the server is away, or says something else than that it is gone', async () => {
    const { bot, server, client } = await installed()
    for (const answer of [
      { status: 500 },
      { status: 429 },
      { status: 404 },
      { status: 302 },
      { cut: true, body: 'x' },
    ]) {
      server.instead(/token/, answer)
      const refused = await fetch(`${bot.url}/hipchat/installation/${client.oauthId}`, { method: 'DELETE' })
      expect([answer, refused.status]).toEqual([answer, 503])
    }
    await expectStillTheirs(bot, server, client)
  })
})

describe('a planted server', () => {
  it('is called by nobody, however its address is spelt', async () => {
    const looked: string[] = []
    const bot = await hipChatBot('*.hipchat.com', looked)
    const bait = await canary()
    for (const address of planted(bait.port)) {
      const answer = await bot.install({ oauthId: 'x', oauthSecret: 'y', capabilitiesUrl: address })
      expect([address, answer.status]).toEqual([address, 403])
      const browse = (query: Record<string, string>) =>
        fetch(`${bot.url}/hipchat/installed?${new URLSearchParams(query)}`, { redirect: 'manual' })
      const listed = 'https://api.hipchat.com/'
      const onward = await browse({ redirect_url: address, installable_url: listed })
      expect([address, onward.status]).toEqual([address, 400])
      const inward = await browse({ redirect_url: listed, installable_url: address })
      expect([address, inward.status]).toEqual([address, 403])
    }
    expect([looked, bait.connections()]).toEqual([[], 0])
  })

  it('is never asked for, whatever is made of what addresses are made of', async () => {
    const looked: string[] = []
    const { request, close } = createHttpClient({ lookup: noteTo(looked) })
    closing.push(close)
    const hosts = readAllowedHosts('*.hipchat.com')
    const random = createRandom(seed, 'addresses')
    const parts = [
      ...[
        'hipchat.com',
        '.hipchat.com',
        'api.hipchat.com',
        'evil.com',
        'xhipchat.com',
        '.',
        '..',
        '/',
        '//',
        '\\',
        '@',
        ':',
        '#',
        '?',
      ],
      ...[
        '%2e',
        '%23',
        '%40',
        '%00',
        '。',
        '．',
        '｡',
        '\t',
        '\n',
        ' ',
        '[',
        ']',
        '::1',
        '127.0.0.1',
        ':443',
        ':80',
        'xn--',
        'ß',
        'ı',
        'K',
        '\u00ad',
      ],
      ...hostileTexts.filter((text) => text.length < 20),
    ]
    let admitted = 0
    for (let index = 0; index < 5_000; index++) {
      const made = Array.from({ length: 1 + random.below(5) }, () => random.pick(parts)).join('')
      const url = hosts.admit(random.pick(['https://', 'https:', 'HTTPS:\\\\', 'http://', '//', 'https:///']) + made)
      if (!url) continue
      admitted++
      expect([made, url.protocol, url.port, url.username, url.password]).toEqual([made, 'https:', '', '', ''])
      await request(url.href, { privateAllowed: hosts.named(url), timeoutMs: 500 }).catch(() => undefined)
    }
    expect(admitted).toBeGreaterThan(10)
    expect(looked.length).toBeGreaterThan(10)
    // What the socket asks for, not what the address looks like, is what counts.
    for (const name of looked) expect(name).toMatch(/\.hipchat\.com$/)
  })

  it('is not reached through a listed one: by its capabilities, its redirects, or where it sends browsers', async () => {
    const { bot, server, client } = await installed()
    const bait = await canary()
    const away = { status: 302, headers: { location: bait.url } }
    const document = capabilitiesNaming(server, bait.url)
    const body = server.installBody(client)
    const temptations: [RegExp, object][] = [
      [/capabilities/, { status: 301, headers: { location: bait.url } }],
      [/capabilities/, { status: 307, headers: { location: bait.url } }],
      [/capabilities/, { status: 200, headers: { location: bait.url, refresh: `0; url=${bait.url}` }, body: '{}' }],
      [/capabilities/, { body: document('tokenUrl') }],
      [/capabilities/, { body: document('url') }],
      [/capabilities/, { body: document('self') }],
      [/token/, away],
      [/token/, { status: 308, headers: { location: bait.url } }],
    ]
    for (const [path, answer] of temptations) {
      server.instead(path, answer)
      expect((await bot.install(body)).ok, JSON.stringify(answer)).toBe(false)
    }
    server.instead(/installable/, away)
    const query = new URLSearchParams({ redirect_url: server.url, installable_url: server.installable(client) })
    expect((await fetch(`${bot.url}/hipchat/installed?${query}`, { redirect: 'manual' })).status).toBe(502)
    server.instead(/notification/, away)
    await bot.say(client, '/ping')
    await expect.poll(() => server.calls(/notification/).length).toBe(1)
    await moment()
    expect(bait.connections()).toBe(0)
    await expectStillTheirs(bot, server, client)
  })

  it('is not reached by a listed name that leads into a private network', async () => {
    const server = await hipChat()
    const bait = await canary()
    const looked: string[] = []
    for (const address of ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '::ffff:127.0.0.1', '0.0.0.0']) {
      const bot = await hipChatBot(`${new URL(server.url).host},*.hipchat.com`, looked, address)
      const client = server.addClient()
      const direct = await bot.install({
        ...server.installBody(client),
        capabilitiesUrl: 'https://api.hipchat.com/v2/capabilities',
      })
      expect([address, direct.status]).toEqual([address, 403])
      // Vouched for is the server, not what it names: the secret goes nowhere either.
      server.instead(/capabilities/, { body: capabilitiesNaming(server, 'https://in.hipchat.com/token')('tokenUrl') })
      expect((await bot.install(server.installBody(client))).status).toBe(403)
    }
    // One look-up for each call: what was judged is what would have been connected to, so that no second one can differ.
    expect(looked).toHaveLength(12)
    expect([bait.connections(), server.calls(/token/)]).toEqual([0, []])
  })

  it('gets no browser sent to it', async () => {
    const server = await hipChat()
    const bot = await forgedBot(`${hostsOf(server)},*.hipchat.com`)
    const client = server.addClient()
    for (const address of [
      ...planted(1),
      '//evil.example',
      'javascript:alert(1)',
      `${server.url}@evil.example`,
      'data:,x',
    ]) {
      const query = new URLSearchParams({ redirect_url: address, installable_url: server.installable(client) })
      const answer = await fetch(`${bot.url}/hipchat/installed?${query}`, { redirect: 'manual' })
      expect([address, answer.status, answer.headers.get('location')]).toEqual([address, 400, null])
    }
  })
})

/** Addresses that are on `*.hipchat.com` for a careless reader. */
function planted(port: number): readonly string[] {
  return [
    'https://evil.com#.hipchat.com',
    'https://evil.com/.hipchat.com',
    'https://evil.com?.hipchat.com',
    'https://evil.com\\.hipchat.com',
    'https://hipchat.com.evil.com/',
    'https://api.hipchat.com.evil.com/',
    'https://hipchat.com.evil/',
    'https://xhipchat.com/',
    'https://api-hipchat.com/',
    'https://hipchat.com/',
    'https://HIPCHAT.COM/',
    'https://api.hipchat.com@evil.com/',
    'https://api.hipchat.com:x@evil.com/',
    'https://evil@api.hipchat.com/',
    'https://:x@api.hipchat.com/',
    'https://api.hipchat.com./',
    'https://api.hipchat.com.%2fevil.com/',
    'https://api.hipchat.com%00.evil.com/',
    'https://evil.com%23.hipchat.com/',
    'https://api.hıpchat.com/',
    'https://api.hipchаt.com/', // a Cyrillic letter
    'https://api.xn--hipcht-3ve.com/',
    'https://api.hipchat.com:8443/',
    'https://api.hipchat.com:0/',
    'http://api.hipchat.com/',
    'http://api.hipchat.com:443/',
    'ftp://api.hipchat.com/',
    'https:api.evil.com/.hipchat.com',
    `http://127.0.0.1:${port}/`,
    `http://127.1:${port}/`,
    `http://2130706433:${port}/`,
    `http://0x7f.1:${port}/`,
    `http://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    `http://[0:0:0:0:0:ffff:7f00:1]:${port}/`,
    `https://[::1%25.hipchat.com]:${port}/`,
    `http://127.0.0.1:${port}/#.hipchat.com`,
    `http://api.hipchat.com@127.0.0.1:${port}/`,
    'file:///etc/passwd#.hipchat.com',
    `https://${'a.'.repeat(2_000)}hipchat.com/`,
  ]
}

function capabilitiesNaming(server: HipChat, planted: string) {
  return (where: 'self' | 'url' | 'tokenUrl') => ({
    links: { self: where === 'self' ? planted : server.capabilitiesUrl },
    capabilities: {
      hipchatApiProvider: { url: where === 'url' ? planted : `${server.url}/v2/` },
      oauth2Provider: { tokenUrl: where === 'tokenUrl' ? planted : `${server.url}/v2/oauth/token` },
    },
  })
}

async function expectStillTheirs(bot: ForgedBot, server: HipChat, client: Client): Promise<void> {
  const before = shownBy(server).length
  expect(await bot.say(client, '/ping')).toBe(204)
  await expect.poll(() => shownBy(server).length).toBe(before + 1)
}

async function installed() {
  const server = await hipChat()
  const bot = await forgedBot('127.0.0.1') // every port of it: other servers there are listed too
  const client = server.addClient()
  expect((await bot.install(server.installBody(client))).status).toBe(200)
  return { bot, server, client }
}

async function hipChat(): Promise<HipChat> {
  const server = await startHipChat()
  closing.push(() => server.close())
  return server
}

async function forgedBot(hosts: string): Promise<ForgedBot> {
  const bot = await startForgedBot({ hosts })
  closing.push(() => bot.stop())
  return bot
}

async function hipChatBot(hosts: string, looked: string[], address?: string): Promise<HipChatBot> {
  const bot = await startHipChatBot({ hosts, lookup: noteTo(looked, address) })
  closing.push(() => bot.close())
  return bot
}

/** Finds no host, or all of them at `address`; nothing ever leaves this machine. */
function noteTo(looked: string[], address?: string) {
  return async (host: string) => {
    looked.push(host)
    return address ? [{ address, family: address.includes(':') ? 6 : 4 }] : []
  }
}

function hostsOf(...servers: readonly HipChat[]): string {
  return servers.map(({ url }) => new URL(url).host).join(',')
}

/** A server that nobody may call, at a name that is on no list. */
async function canary() {
  let connections = 0
  const server: Server = createServer((_, response) => response.end('{}')).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  closing.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return { port, url: `http://localhost:${port}/`, connections: () => connections }
}
