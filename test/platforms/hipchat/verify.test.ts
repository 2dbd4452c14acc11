import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter } from '../../../src/testing/platform-contract.js'
import { type Claims, type Client, type HipChat, roomMessage, sign, startHipChat } from '../../fixtures/hipchat.js'
import { findShared } from '../../fixtures/shared.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from './bot.js'

describe('HipChat verify', () => {
  let server: HipChat
  let bot: HipChatBot
  let client: Client
  const now = Math.floor(Date.now() / 1_000)

  beforeAll(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
    client = await installClient(bot, server)
  })
  afterAll(async () => {
    await bot.close()
    await server.close()
  })

  const withToken = (token: string, body = roomMessage(client, '/ping')) => toRequest(client, body, token)
  const withClaims = (claims: Claims, body?: string) => withToken(sign(client, claims), body)
  const reasonFor = async (request: ReturnType<typeof toRequest>) =>
    await enter(bot.platform, request).then(
      () => 'taken',
      (error: unknown) => (error instanceof Error ? error.message : error),
    )

  it('finds the token in every place where servers have put it', async () => {
    const place = (headers: Record<string, string>, query = '') => ({
      ...withToken(''),
      headers,
      query: new URLSearchParams(query),
    })
    const places = [
      place({ authorization: `JWT ${sign(client)}` }),
      place({ authorization: `jwt ${sign(client)}` }),
      place({ authorization: `Bearer ${sign(client)}` }),
      place({ authorization: `JWT token=${sign(client)}` }),
      place({}, `signed_request=${sign(client)}`),
      place({ authorization: 'Basic eDp5' }, `signed_request=${sign(client)}`),
    ]
    for (const request of places) expect(await reasonFor(request)).toBe('taken')
    expect(await reasonFor(place({}))).toBe('no token')
    expect(await reasonFor(place({ authorization: 'JWT' }))).toBe('no token')
  })

  it('takes nobody whose secret is empty, because anybody could sign with that', async () => {
    const { oauthId } = client
    const careless: Client = { ...client, oauthId: 'careless', oauthSecret: '' }
    const found = await bot.installations.find('hipchat', oauthId)
    if (found) await bot.installations.save({ ...found, id: careless.oauthId, secrets: { oauthSecret: '' } })
    expect(await reasonFor(toRequest(careless, roomMessage(careless, '/ping'), sign(careless)))).toBe(
      'unknown installation',
    )
  })

  it('takes no algorithm but HS256', async () => {
    const header = (alg: string) => `{"alg": "${alg}", "typ": "JWT"}`
    const part = (text: string) => Buffer.from(text).toString('base64url')
    const [, claims] = sign(client).split('.')
    expect(await reasonFor(withToken(`${part(header('none'))}.${claims}.`))).toBe('algorithm')
    for (const alg of ['HS512', 'RS256', 'hs256', 'HS384']) {
      expect(await reasonFor(withToken(sign(client, {}, header(alg))))).toBe('algorithm')
    }
    const critical = '{"alg": "HS256", "crit": ["b64"], "b64": false}'
    expect(await reasonFor(withToken(sign(client, {}, critical)))).not.toBe('taken')
  })

  it('says in its log why it refused', async () => {
    const other = { ...client, oauthSecret: 'another' }
    const cases: [string, string][] = [
      ['signature', sign(other)],
      ['unknown installation', sign({ ...client, oauthId: 'nobody' })],
      ['malformed', 'a.b.c'],
      ['malformed', 'abc'],
      ['malformed', sign(client, { iss: 5 })],
      ['malformed', sign(client, { iss: '__proto__'.repeat(100) })],
      ['unknown installation', sign(client, { iss: '__proto__' })],
      ['malformed', sign(client, { exp: undefined })],
      ['malformed', sign(client, { iat: undefined })],
      ['malformed', sign(client, { exp: `${now + 900}` })],
      ['malformed', sign(client, { exp: now + 4_000 })],
      ['malformed', sign(client, { exp: now - 30, iat: now })],
      ['expired', sign(client, { exp: now - 61, iat: now - 800 })],
      ['expired', sign(client, { exp: now + 900, iat: now - 970 })],
      ['not yet valid', sign(client, { iat: now + 70, exp: now + 900 })],
      ['not yet valid', sign(client, { nbf: now + 70 })],
    ]
    for (const [reason, token] of cases) expect([reason, await reasonFor(withToken(token))]).toEqual([reason, reason])
  })

  it('bears with clocks that are a minute off, both ways', async () => {
    expect(await reasonFor(withClaims({ exp: now - 50, iat: now - 950 }))).toBe('taken')
    expect(await reasonFor(withClaims({ iat: now + 50, exp: now + 950 }))).toBe('taken')
  })

  it('refuses one changed letter anywhere in the token', async () => {
    const token = sign(client)
    for (let at = 0; at < token.length - 1; at += 7) {
      if (token[at] === '.') continue
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      expect(await reasonFor(withToken(changed))).not.toBe('taken')
    }
  })

  it('believes of the body only what the token says too', async () => {
    const bodies = [
      roomMessage(client, '/ping', { body: { oauth_client_id: 'another' } }),
      roomMessage(client, '/ping', { body: { oauth_client_id: 7 } }),
      roomMessage(client, '/ping', { body: { oauth_client_id: null } }),
      roomMessage(client, '/ping', { room: { id: 1 } }),
      roomMessage(client, '/ping', { message: { from: { id: 1, name: 'Boss' } } }),
    ]
    for (const body of bodies) expect(await reasonFor(withToken(sign(client), body))).toBe('claims disagree')
    expect(await reasonFor(withClaims({ sub: undefined, prn: '1' }))).toBe('claims disagree')
    expect(await reasonFor(withClaims({ sub: undefined, prn: undefined, context: undefined }))).toBe('taken')
    const olderName = { context: { roomId: 1 } }
    expect(await reasonFor(withClaims(olderName))).toBe('claims disagree')
    const texts = { message: { from: { id: '3297240' } }, room: { id: '2589171' } }
    expect(await reasonFor(withToken(sign(client), roomMessage(client, '/ping', texts)))).toBe('taken')
  })

  it('hears of an installation for one room only that room', async () => {
    const room = await installClient(bot, server, { roomId: 40 })
    const context = { context: { user_tz: 'UTC' } }
    const elsewhere = roomMessage(room, '/ping', { room: { id: 41 } })
    expect(await reasonFor(toRequest(room, elsewhere, sign(room, context)))).toBe('claims disagree')
    expect(await reasonFor(toRequest(room, roomMessage(room, '/ping'), sign(room, context)))).toBe('taken')
  })

  it('believes no installation whose server has been taken off the list since', async () => {
    const narrowed = await startHipChatBot({ hosts: '*.hipchat.com', store: bot.store })
    const request = toRequest(client, roomMessage(client, '/ping'))
    await expect(narrowed.platform.verify(request)).rejects.toThrow('unknown installation')
    await narrowed.close()
    expect((await enter(bot.platform, request)).fresh).toBe(true)
  })

  it('refuses a token that comes again, with another body or after it was accepted', async () => {
    const token = sign(client)
    const body = roomMessage(client, '/ping')
    const seen = new Set<string>()
    expect(await enter(bot.platform, withToken(token, body), seen)).toMatchObject({ status: 204, fresh: true })
    await expect(enter(bot.platform, withToken(token, body), seen)).rejects.toThrow('replayed')
    expect(await reasonFor(withToken(token, roomMessage(client, '/deploy status')))).toBe('replayed')
  })

  it('knows a token without a jti again, however its signature is spelt', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const token = sign(client, { jti: undefined })
    const respelt = token.slice(0, -1) + letters[letters.indexOf(token.slice(-1)) ^ 1] // its last two bits mean nothing
    expect(await reasonFor(withToken(token))).toBe('taken')
    expect(await reasonFor(withToken(respelt))).not.toBe('taken')
  })

  it('lets one of many bodies through that come at once with one token', async () => {
    const token = sign(client)
    const all = Array.from({ length: 10 }, () => reasonFor(withToken(token, roomMessage(client, '/ping'))))
    expect((await Promise.all(all)).sort()).toEqual([...Array(9).fill('replayed'), 'taken'])
  })

  it('takes the same request again when the first time it could not be kept', async () => {
    const token = sign(client)
    const body = roomMessage(client, '/ping')
    await bot.platform.verify(withToken(token, body)) // and then the journal was full
    expect(await enter(bot.platform, withToken(token, body))).toMatchObject({ status: 204, fresh: true })
  })

  it('answers 400 to a body that is no JSON object, but only to who is known', async () => {
    for (const body of ['{"event": "room_no', '[]', 'null', '"x"', '']) {
      await expect(bot.platform.verify(withToken(sign(client), body))).rejects.toMatchObject({ status: 400 })
      const stranger = sign({ ...client, oauthSecret: 'another' })
      await expect(bot.platform.verify(withToken(stranger, body))).rejects.toThrow('signature')
    }
  })

  it('says unavailable, not unverified, where the store cannot be reached', async () => {
    const alone = await startHipChatBot()
    const known = await installClient(alone, server)
    const { get } = alone.store
    Object.assign(alone.store, { get: () => Promise.reject(new Error('down')) })
    const request = toRequest(known, roomMessage(known, '/ping'))
    await expect(alone.platform.verify(request)).rejects.toMatchObject({ code: 'unavailable' })
    Object.assign(alone.store, { get })
    await alone.close()
  })

  it('takes the header of 2018 as it was captured', async () => {
    const captures = findShared('hipchat/corpus/other/')
    if (!captures) return
    const { payload } = JSON.parse(readFileSync(`${captures}webhook-jwt-decoded-2018.json`, 'utf8')) as {
      payload: Claims & { iss: string; iat: number }
    }
    const captured = JSON.parse(readFileSync(`${captures}webhook-request-headers-2018.json`, 'utf8')) as {
      headers: { authorization: string }
    }
    const [head, claims] = captured.headers.authorization.slice(4).split('.')
    // The secret that signed it is not kept; the same bytes, signed with one that is.
    const known = await installClient(bot, server, { oauthId: payload.iss })
    const signature = createHmac('sha256', known.oauthSecret).update(`${head}.${claims}`).digest('base64url')
    const body = roomMessage(known, '/ping', { room: { id: 4594247 }, message: { from: { id: 3297240 } } })
    const request = toRequest(known, body, `${head}.${claims}.${signature}`)
    const entered = await enter(bot.platform, { ...request, receivedAt: payload.iat * 1_000 + 200 })
    expect(entered.invocation?.text).toBe('/ping')
    await expect(enter(bot.platform, request)).rejects.toThrow('expired')
  })

  it('logs no token, claim or body', () => {
    expect(bot.lines.join('\n')).not.toMatch(/eyJ|oauthSecret|prn|\/ping/)
    expect(bot.lines.join('\n')).not.toContain(client.oauthSecret)
  })
})
