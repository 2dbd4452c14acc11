import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Platform } from '../../../src/platforms/platform.js'
import type { Workspaces } from '../../../src/platforms/slack/app/workspaces.js'
import { createAdmit, createVerify } from '../../../src/platforms/slack/verify.js'
import { enter } from '../../../src/testing/platform-contract.js'
import { eventBody, pressForm, type Slack, signed, signingSecret, slashForm, startSlack } from '../../fixtures/slack.js'
import { startSlackBot } from './bot.js'

describe('verify', () => {
  let far: Slack
  let bot: Awaited<ReturnType<typeof startSlackBot>>
  let platform: Platform
  beforeAll(async () => {
    far = await startSlack()
    bot = await startSlackBot(far)
    platform = bot.platform
  })
  afterAll(async () => {
    await bot.close()
    await far.close()
  })

  it("takes the example of Slack's own documentation, and no other signature for it", async () => {
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
      '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
      '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
      '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
    const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'
    const asked: unknown[] = []
    const installation = { id: 'T1DC2JH3J', platform: 'slack', tenant: { id: 'T1DC2JH3J' }, details: {}, secrets: {} }
    const workspaces: Workspaces = {
      async find(owner) {
        asked.push(owner)
        return installation
      },
      get: async () => installation,
      list: async function* () {},
    }
    const verify = createVerify({ signingSecret, admit: createAdmit({ workspaces, uninstall: async () => {} }) })
    const request = {
      ...signed('/commands', body, { at: 1_531_420_618 }),
      headers: { 'x-slack-request-timestamp': '1531420618', 'x-slack-signature': signature },
      receivedAt: 1_531_420_618_000,
    }
    expect((await verify(request)).installation).toBe(installation)
    expect(asked).toEqual([{ teamId: 'T1DC2JH3J', orgWide: false }])
    const changed = { ...request, headers: { ...request.headers, 'x-slack-signature': signature.replace('3', '4') } }
    await expect(verify(changed)).rejects.toMatchObject({ code: 'unverified' })
    await expect(verify({ ...request, body: Buffer.from(`${body} `) })).rejects.toMatchObject({ code: 'unverified' })
  })

  it('has a window of five minutes to both sides', async () => {
    const now = Math.floor(Date.now() / 1_000)
    for (const at of [now - 299, now + 299]) {
      await expect(enter(platform, signed('/commands', slashForm('/ping'), { at }))).resolves.toMatchObject({
        fresh: true,
      })
    }
    for (const at of [now - 302, now + 302]) {
      await expect(enter(platform, signed('/commands', slashForm('/ping'), { at }))).rejects.toMatchObject({
        code: 'unverified',
      })
    }
  })

  it('takes no time that is none, however well it is signed', async () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5]) {
      await expect(platform.verify(signed('/commands', slashForm('/ping'), { at }))).rejects.toMatchObject({
        code: 'unverified',
      })
    }
  })

  it('signs over the raw bytes, whatever they are', async () => {
    const request = signed('/commands', slashForm('/ping'))
    const bytes = Buffer.concat([request.body.subarray(0, -1), Buffer.from([0xff])])
    await expect(platform.verify({ ...request, body: bytes })).rejects.toMatchObject({ code: 'unverified' })
  })

  it('refuses headers that are none, twice there, or of another shape', async () => {
    const request = signed('/commands', slashForm('/ping'))
    const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = request.headers
    for (const headers of [
      { 'x-slack-signature': signature },
      { 'x-slack-request-timestamp': timestamp },
      { 'x-slack-signature': String(signature).slice(3), 'x-slack-request-timestamp': timestamp },
      { 'x-slack-signature': `v1=${String(signature).slice(3)}`, 'x-slack-request-timestamp': timestamp },
      { 'x-slack-signature': signature, 'x-slack-request-timestamp': `${timestamp}, ${timestamp}` },
      { 'x-slack-signature': signature, 'x-slack-request-timestamp': ` ${timestamp}` },
      { 'x-slack-signature': '', 'x-slack-request-timestamp': '' },
    ]) {
      await expect(platform.verify({ ...request, headers })).rejects.toMatchObject({ code: 'unverified' })
    }
  })

  it('knows a request that it has seen, and takes a retry of what came to nothing', async () => {
    const request = signed('/events', eventBody({ type: 'message', text: '!ping' }))
    await enter(platform, request)
    await expect(enter(platform, { ...request })).resolves.toMatchObject({ fresh: true })
    const seen = new Set([(await enter(platform, { ...request })).invocation?.id ?? ''])
    await expect(enter(platform, { ...request }, seen)).rejects.toMatchObject({ code: 'unverified' })
  })

  it('answers an event that Slack sends again just as it was, and runs it once', async () => {
    const request = signed('/events', eventBody({ type: 'message', text: '!ping' }))
    const seen = new Set<string>()
    expect(await enter(platform, request, seen)).toMatchObject({ fresh: true })
    const again = { ...request, headers: { ...request.headers, 'x-slack-retry-num': '1' } }
    expect(await enter(platform, again, seen)).toMatchObject({ status: 200, fresh: false })
  })

  it('refuses workspaces that do not have us, however well they are signed', async () => {
    for (const changed of [{ team_id: 'T0002' }, { team_id: '' }, { team_id: 'T0002', enterprise_id: 'E0001' }]) {
      await expect(platform.verify(signed('/commands', slashForm('/ping', changed)))).rejects.toMatchObject({
        code: 'unverified',
      })
    }
    const shared = eventBody({ type: 'message', text: '!ping' }, { team_id: 'T0002' })
    await expect(enter(platform, signed('/events', shared))).resolves.toMatchObject({ fresh: true })
    const foreign = eventBody({ type: 'message', text: '!ping' }, { authorizations: [{ team_id: 'T0002' }] })
    await expect(platform.verify(signed('/events', foreign))).rejects.toMatchObject({ code: 'unverified' })
  })

  it('answers the probe of our certificate, which is not signed, and asks nothing of it', async () => {
    const body = 'token=gIkuvaNzQIHg97ATvDxqgjtO&ssl_check=1'
    const request = { ...signed('/commands', body), headers: {} }
    expect(await enter(platform, request)).toEqual({ status: 200, fresh: false })
    const smuggled = { ...signed('/commands', `${slashForm('/ping')}&ssl_check=1`), headers: {} }
    expect(await enter(platform, smuggled)).toEqual({ status: 200, fresh: false })
    const button = { ...signed('/interactivity', body), headers: {} }
    expect(await enter(platform, button)).toEqual({ status: 200, fresh: false })
    const looked = { ...signed('/commands', ''), method: 'GET', headers: {}, query: new URLSearchParams(body) }
    expect(await enter(platform, looked)).toEqual({ status: 200, fresh: false })
    const typed = { ...signed('/commands', ''), method: 'GET', query: new URLSearchParams(slashForm('/ping')) }
    await expect(platform.verify(typed)).rejects.toMatchObject({ code: 'request', status: 405 })
    const oneForAll = { ...signed('/events', body), headers: {} }
    expect(await enter(platform, oneForAll)).toEqual({ status: 200, fresh: false })
    const written = { ...signed('/events', eventBody({ text: '&ssl_check=1&' })), headers: {} }
    await expect(platform.verify(written)).rejects.toMatchObject({ code: 'unverified' })
  })

  it('takes commands, buttons and events at one address, as apps that were made for Bolt send them', async () => {
    for (const body of [slashForm('/ping'), pressForm('/ping'), eventBody({ type: 'message', text: '!ping' })]) {
      const request = signed('/events', body)
      const { invocation } = platform.decode(await platform.verify(request))
      expect(invocation).toMatchObject({ text: '/ping', installation: 'T0001' })
      const forged = signed('/events', body, { secret: 'another' })
      await expect(platform.verify(forged)).rejects.toMatchObject({ code: 'unverified' })
    }
  })

  it('gives back the challenge where it is signed, and only there', async () => {
    const body = JSON.stringify({
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
      type: 'url_verification',
    })
    const request = signed('/events', body)
    expect(platform.decode(await platform.verify(request)).ack).toEqual({
      status: 200,
      body: { challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' },
    })
    await expect(platform.verify(signed('/events', body, { secret: 'another' }))).rejects.toMatchObject({
      code: 'unverified',
    })
  })

  it('finds fault with signed bodies that are not of their door', async () => {
    for (const request of [
      signed('/events', '[]'),
      signed('/events', '{'),
      signed('/events', 'nothing=here'),
      signed('/events', 'payload=%7B'),
      signed('/interactivity', 'payload=%7B'),
      signed('/interactivity', 'nothing=here'),
    ]) {
      await expect(platform.verify(request)).rejects.toMatchObject({ code: 'request', status: 400 })
    }
    for (const body of ['', '%', 'team_id=T0001', 'team_id=T0001&command=ping&channel_id=C1&user_id=U1']) {
      const request = signed('/commands', body)
      const entered = await enter(platform, request).catch((error: unknown) => error)
      expect(entered).not.toMatchObject({ fresh: true })
    }
  })
})
