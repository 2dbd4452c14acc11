import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Platform, PlatformFactory, WebhookRequest } from '../../src/platforms/platform.js'
import { createPlatformDeps, enter } from '../../src/testing/platform-contract.js'
import { importExample } from '../fixtures/example.js'

describe('The platform that docs/platforms.md shows', () => {
  const deps = createPlatformDeps()
  let platform: Platform

  beforeAll(async () => {
    const { irc } = await importExample<{ readonly irc: PlatformFactory }>(/const irc: PlatformFactory/, 'irc')
    platform = irc({ IRC_GATEWAY_SECRET: 'known to both' }, deps) ?? expect.fail()
  })
  afterAll(() => deps.close())

  const line = { id: '1', channel: '#ops', nick: 'kim', text: '/ping' }
  const send = (body: string, secret = 'known to both'): WebhookRequest => ({
    method: 'POST',
    path: '/line',
    query: new URLSearchParams(),
    headers: { 'x-gateway-secret': secret },
    body: Buffer.from(body),
    receivedAt: Date.now(),
  })

  it('says what was asked, and asks for nothing without a slash', async () => {
    const { invocation } = await enter(platform, send(JSON.stringify(line)))
    expect(invocation).toMatchObject({ text: '/ping', room: { id: '#ops' }, user: { id: 'kim' } })
    expect(await enter(platform, send(JSON.stringify({ ...line, text: 'ping' })))).toEqual({
      status: 204,
      fresh: false,
    })
  })

  it('answers 400 to a body that is no line, but only to who knows the secret', async () => {
    for (const body of ['', '{', 'null', '[]', '7', '{}', JSON.stringify({ ...line, text: 7 })]) {
      await expect(enter(platform, send(body))).rejects.toMatchObject({ code: 'request', status: 400 })
      await expect(enter(platform, send(body, 'another'))).rejects.toMatchObject({ code: 'unverified' })
    }
  })
})
