import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { builtInNames, hostileTexts } from '../fixtures/forge.js'
import { type Client, type HipChat, roomMessage, sign, startHipChat } from '../fixtures/hipchat.js'
import { moment, shownBy, startForgedBot } from './bot.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('a request that somebody recorded', () => {
  it('runs once, whichever of two bots on one store it is played to, and however often', async () => {
    const { server, client, one, two } = await pair()
    const body = roomMessage(client, '/ping')
    const token = sign(client)
    const storm = Array.from({ length: 20 }, (_, at) => (at % 2 ? one : two).say(client, '', token, body))
    const statuses = await Promise.all(storm)
    // Two where the later one to be proven is the first to be written down: both are told of the one run there is.
    expect([1, 2]).toContain(statuses.filter((status) => status === 204).length)
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(18)
    for (const bot of [one, two]) expect(await bot.say(client, '', token, body)).toBe(401)
    await expectShown(server, ['pong'])
  })

  it('lends its token to no other body, at either bot', async () => {
    const { server, client, one, two } = await pair()
    const token = sign(client)
    expect(await one.say(client, '/nothing', token)).toBe(204)
    for (const bot of [two, one, two]) expect(await bot.say(client, '/ping', token)).toBe(401)
    await expectShown(server, [])
  })

  it('is one run where its message comes anew with a new token, to both at once', async () => {
    const { server, client, one, two } = await pair()
    const body = roomMessage(client, '/ping')
    const all = await Promise.all([one, two, one, two].map((bot) => bot.say(client, '', sign(client), body)))
    expect(new Set(all)).toEqual(new Set([204]))
    await expectShown(server, ['pong'])
  })

  it('is answered once where its answer rides in the acknowledgement, too', async () => {
    const { server, client, one, two } = await pair(1_000)
    const body = roomMessage(client, '/ping')
    const fresh = [one, two, one, two].map((bot) => bot.say(client, '', sign(client), body))
    const token = sign(client)
    const again = Array.from({ length: 10 }, (_, at) => (at % 2 ? one : two).say(client, '', token, body))
    await Promise.all([...fresh, ...again])
    await moment()
    expect([...one.acked, ...two.acked, ...shownBy(server)]).toEqual([expect.stringContaining('pong')])
  })

  it('is worth nothing once its installation is gone, at the other bot too within a second', async () => {
    const { server, client, one, two } = await pair()
    expect(await two.say(client, '/nothing')).toBe(204)
    server.removeClient(client)
    expect((await fetch(`${one.url}/hipchat/installation/${client.oauthId}`, { method: 'DELETE' })).status).toBe(204)
    expect(await one.say(client, '/ping')).toBe(401)
    await moment(1_000)
    expect(await two.say(client, '/ping')).toBe(401)
  })
})

describe('an issuer that nobody is', () => {
  it('is refused, be it one that fits in no key of the store', async () => {
    const { client, one } = await pair()
    for (const oauthId of [...hostileTexts, ...builtInNames]) {
      const token = sign({ ...client, oauthId })
      expect([oauthId, await one.say(client, '/ping', token)]).toEqual([oauthId, 401])
    }
  })
})

describe('a name that every object has', () => {
  it('is a command, an option, and a key in the store, like any other', async () => {
    const files = { 'constructor.js': keeping, 'tostring.js': keeping }
    for (const storeUrl of ['memory:', `file:${temporary()}`]) {
      const server = await startHipChat()
      closing.push(() => server.close())
      const bot = await startForgedBot({ hosts: new URL(server.url).host, storeUrl, files })
      closing.push(() => bot.stop())
      const client = server.addClient()
      await bot.install(server.installBody(client))
      const expected: string[] = []
      for (const key of builtInNames) {
        expect(await bot.say(client, `/constructor --constructor ${key} --valueOf "${key}!"`)).toBe(204)
        expected.push(`undefined then ${key}!, ${expected.length + 1} kept`)
        await expectShown(server, expected)
      }
      for (const name of builtInNames.filter((name) => !/^(constructor|toString)$/.test(name))) {
        expect(await bot.say(client, `/${name} --constructor x`)).toBe(204)
      }
      await expectShown(server, expected)
      expect(await bot.say(client, '/toString --hasOwnProperty x')).toBe(204)
      await expect.poll(() => shownBy(server).at(-1)).toContain('There is no option “--hasOwnProperty”')
    }
  })
})

const keeping = `export default {
  summary: 'Keeps',
  options: { constructor: { type: 'string' }, valueOf: { type: 'string' } },
  async run({ options, store }) {
    const { constructor: key, valueOf: value } = options
    const before = await store.get(key)
    await store.set(key, value)
    let kept = 0
    for await (const _ of store.list('')) kept++
    return before + ' then ' + (await store.get(key)) + ', ' + kept + ' kept'
  },
}`

async function pair(answerInAckMs = 0) {
  const server = await startHipChat()
  closing.push(() => server.close())
  const settings = { hosts: new URL(server.url).host, storeUrl: `file:${temporary()}`, answerInAckMs }
  const one = await startForgedBot(settings)
  closing.push(() => one.stop())
  const two = await startForgedBot(settings)
  closing.push(() => two.stop())
  const client: Client = server.addClient()
  expect((await one.install(server.installBody(client))).status).toBe(200)
  return { server, client, one, two }
}

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-forge-'))
  closing.push(() => rmSync(dir, { recursive: true }))
  return dir
}

async function expectShown(server: HipChat, texts: readonly string[]): Promise<void> {
  await expect.poll(() => shownBy(server).length).toBe(texts.length)
  await moment()
  expect(shownBy(server)).toEqual(texts)
}
