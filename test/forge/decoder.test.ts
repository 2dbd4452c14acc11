import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Installation } from '../../src/model/installation.js'
import { say } from '../../src/model/reply.js'
import { decode } from '../../src/platforms/hipchat/decode.js'
import { render } from '../../src/platforms/hipchat/render.js'
import { readPayload } from '../../src/platforms/hipchat/wire.js'
import { enter } from '../../src/testing/platform-contract.js'
import { builtInNames, forge, hostileTexts, mutateBytes, mutateJson } from '../fixtures/forge.js'
import { growth, linear } from '../fixtures/growth.js'
import { type Client, type HipChat, roomMessage, sign, startHipChat } from '../fixtures/hipchat.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from '../platforms/hipchat/bot.js'

const client: Client = { oauthId: 'a-b-c', oauthSecret: 'secret', groupId: 1 }
const installation: Installation = {
  id: client.oauthId,
  platform: 'hipchat',
  tenant: { id: 'chat.example/1' },
  details: {},
  secrets: {},
}
const said = (body: string | Buffer) =>
  decode({ installation, payload: readPayload(Buffer.from(body)), receivedAt: Date.now() })

describe('a body of anything', () => {
  it('becomes an invocation of the proven installation, or nothing, or a clear refusal', async () => {
    const genuine = JSON.parse(roomMessage(client, '/ping', { message: { mentions: [{ id: 1, name: 'Bob' }] } }))
    let invocations = 0
    await forge('bodies', 20, (random, index) => {
      const json = JSON.stringify(mutateJson(random, genuine)) ?? ''
      const body = index % 4 === 0 ? mutateBytes(random, Buffer.from(json)) : Buffer.from(json)
      const { ack, invocation } = orRefused(body)
      expect([204, 400]).toContain(ack.status)
      if (!invocation) return
      invocations++
      const { platform, tenant, id, room, user, text, at, mentions } = invocation
      expect([platform, invocation.installation, tenant]).toEqual(['hipchat', 'a-b-c', { id: 'chat.example/1' }])
      expect(id).toMatch(/^[a-z2-7]{16}$/)
      for (const word of [room.id, room.name, user.id, user.name, ...mentions.flatMap((one) => [one.id, one.name])]) {
        expect(typeof word === 'string' && word !== '').toBe(true)
      }
      expect(text).toMatch(/^\s*[/／]/u)
      expect(Number.isFinite(at)).toBe(true)
      expect(JSON.parse(JSON.stringify(invocation))).toEqual(invocation)
      expect(render(say('pong'), invocation, { roomId: room.id }).message.length).toBeLessThanOrEqual(10_000)
      // What an address is made of may not lead to another one.
      expect(new URL(`https://x/v2/room/${encodeURIComponent(room.id)}/notification`).pathname).toMatch(
        /^\/v2\/room\/[^/]+\/notification$/,
      )
    })
    expect(invocations).toBeGreaterThan(0)
  })

  it('finds no member in what every object has', () => {
    const { item } = JSON.parse(roomMessage(client, '/ping'))
    for (const name of builtInNames) {
      expect(said(JSON.stringify({ [name]: { item }, x: 1 }).replace('"x"', `"${name}"`)).invocation).toBeUndefined()
    }
    expect(said(`{"__proto__": ${JSON.stringify({ item })}}`).invocation).toBeUndefined()
    expect(said(`{"item": {"__proto__": ${JSON.stringify(item)}}}`).invocation).toBeUndefined()
    expect(({} as Record<string, unknown>)['item']).toBeUndefined()
  })

  it('may be nested ten thousand deep', () => {
    for (const deep of [
      '['.repeat(10_000) + ']'.repeat(10_000),
      `${'{"item":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    ]) {
      const item = `{"message":{"id":"1","from":{"id":${deep}},"mentions":[${deep}],"message":"/ping"},"room":{"id":7,"name":${deep}}}`
      expect(said(`{"item":${item}}`).invocation).toMatchObject({ text: '/ping', user: { id: 'unknown' } })
      expect(orRefused(Buffer.from(deep)).invocation).toBeUndefined()
      expect(said(`{"item":${deep}}`).invocation).toBeUndefined()
    }
  })

  it('takes time in proportion to its length', async () => {
    for (const unit of ['/', ' ', '\n', 'ab ', '\u2003', '💥', '\\"']) {
      const bodies = new Map(
        [1, 4].map((times) => [times, roomMessage(client, unit.repeat((200_000 * times) / unit.length))]),
      )
      expect(await growth((times) => said(bodies.get(times) ?? '')), unit).toBeLessThan(linear)
    }
  })
})

/** What was decoded; a refusal counts as nothing. All else is thrown on. */
function orRefused(body: Buffer): ReturnType<typeof said> {
  try {
    return said(body)
  } catch (error) {
    if ((error as { code?: string }).code === 'request') return { ack: { status: 400 } }
    throw error
  }
}

describe('a room by a hostile name', () => {
  let server: HipChat
  let bot: HipChatBot
  let known: Client
  beforeAll(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
    known = await installClient(bot, server)
  })
  afterAll(async () => {
    await bot.close()
    await server.close()
  })

  it('makes a token call for nothing but a room', async () => {
    for (const id of ['..', '.', '../..', '1/../../oauth/token', '%2e%2e', '1?x=', '1#', '\\..\\', ...hostileTexts]) {
      const token = sign(known, { context: undefined })
      const request = toRequest(known, roomMessage(known, '/ping', { room: { id, name: 'x' } }), token)
      const { invocation } = await enter(bot.platform, request)
      if (!invocation) continue
      const failure = await bot.platform.deliver(say('pong'), invocation).catch((error: unknown) => error)
      if (failure) expect([id, failure]).toMatchObject([id, { code: 'delivery', retryAdvice: { retry: false } }])
    }
    const paths = server.received.filter(({ headers }) => headers.authorization?.startsWith('Bearer'))
    expect(paths.length).toBeGreaterThan(5)
    for (const { path } of paths) expect(path).toMatch(/^\/v2\/room\/[^/?#]+\/notification$/)
  })
})
