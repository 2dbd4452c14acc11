import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/simulator/events.js'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { createWireLog, type WireStep } from '../../src/simulator/wire/wire-log.js'
import { type Answers, type Credentials, descriptor, openAddon, tokenFor } from './far-side.js'

let simulator: Simulator
let addon: Awaited<ReturnType<typeof openAddon>>
let onWebhook: Answers
let credentials: Credentials

beforeEach(async () => {
  onWebhook = { status: 204 }
  addon = await openAddon((got, url) => {
    if (got.path === '/descriptor.json') return { body: JSON.stringify(descriptor(url)) }
    return got.path === '/webhook' ? onWebhook : {}
  })
  simulator = createSimulator({ port: 0 })
  await simulator.listen()
  await simulator.install(`${addon.url}/descriptor.json`)
  credentials = JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
})

afterEach(async () => {
  await simulator.close()
  await addon.close()
})

async function say(text: string) {
  const { entry, deliveries } = await simulator.say('Lounge', 'alice', text)
  return { entry, id: deliveries[0]?.id ?? '' }
}

/** Posts a notification with a token that is asked for first, as an add-on does. */
async function answer(more: object): Promise<number> {
  const token = await tokenFor(credentials)
  const { status } = await fetch(`${simulator.url}/v2/room/Lounge/notification`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: 'Done', ...more }),
  })
  return status
}

const stepsOf = (id: string) => simulator.wire(id)?.steps ?? []
const exchanges = (steps: readonly WireStep[]) => steps.flatMap((step) => ('exchange' in step ? [step.exchange] : []))
const post = (path: string) =>
  fetch(`${simulator.url}/simulator/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  })

describe('the wire', () => {
  it('has the webhook as it was sent, its token decoded, and the answer', async () => {
    onWebhook = { status: 200, body: '{"message":"Hello"}', headers: { 'X-Add-On': 'yes' } }
    const { id } = await say('/echo hello')
    const [webhook] = stepsOf(id)
    const got = addon.posts('/webhook')[0]
    const exchange = exchanges(stepsOf(id))[0]
    expect(exchange).toMatchObject({ method: 'POST', url: `${addon.url}/webhook`, body: got?.body })
    expect(
      Object.entries(exchange?.headers ?? {})
        .flat()
        .sort(),
    ).toEqual([...(got?.rawHeaders ?? [])].sort())
    expect(exchange?.answer).toMatchObject({ status: 200, headers: { 'x-add-on': 'yes' }, body: '{"message":"Hello"}' })
    expect(webhook).toMatchObject({
      token: { header: { alg: 'HS256' }, claims: { iss: credentials.oauthId, sub: expect.any(String) } },
    })
  })

  it('has what the add-on asked for because of it: the token, the notification, and what was refused', async () => {
    const { id, entry } = await say('/echo one')
    const later = await say('/echo two')
    simulator.faults.add({ target: 'notification', kind: 'status', status: 429, count: 1 })
    expect(await answer({ attach_to: entry.id })).toBe(429)
    expect(await answer({ attach_to: entry.id })).toBe(204)
    const asked = exchanges(stepsOf(id)).slice(1)
    expect(asked.map(({ answer }) => answer?.status)).toEqual([429, 200, 204])
    expect(asked[0]).toMatchObject({ method: 'POST', fault: { kind: 'status', status: 429 } })
    expect(asked[0]?.body).toContain('Done')
    expect(asked[1]?.url).toBe(`${simulator.url}/v2/oauth/token`)
    // The first token was asked for before anybody could know for which of the two.
    expect(exchanges(stepsOf(later.id)).map(({ url }) => url)).toEqual([
      `${addon.url}/webhook`,
      `${simulator.url}/v2/oauth/token`,
    ])
  })

  it('shows no secret, and no token that opens something', async () => {
    const { id, entry } = await say('/echo')
    const token = await tokenFor(credentials)
    await fetch(`${simulator.url}/v2/room/Lounge/notification?auth_token=${token}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ message: 'Done', attach_to: entry.id, auth_token: token }),
    })
    await fetch(`${simulator.url}/v2/oauth/token/${token}`, { headers: { Authorization: `Bearer ${token}` } })
    const shown = JSON.stringify(stepsOf(id))
    expect(exchanges(stepsOf(id))).toHaveLength(4)
    expect(shown).toContain(`Basic ${credentials.oauthId}:[secret]`)
    for (const secret of [credentials.oauthSecret, token, btoa(`${credentials.oauthId}:${credentials.oauthSecret}`)]) {
      expect(shown).not.toContain(secret)
    }
  })

  it('sends the same request again, byte for byte', async () => {
    const { id } = await say('/echo again')
    onWebhook = { status: 401, body: '{"title":"Unauthorized"}' }
    const { status } = await post(`deliveries/${id}/again`)
    expect(status).toBe(200)
    const [first, second] = addon.posts('/webhook')
    expect(second).toEqual(first)
    expect(exchanges(stepsOf(id)).map(({ answer }) => answer?.status)).toEqual([204, 401])
    expect(simulator.history('Lounge').at(-1)?.text).toBe('/echo again')
  })

  it('takes in what an add-on in this process says of it, with the error of a command', async () => {
    const { id } = await say('/echo')
    const authorization = exchanges(stepsOf(id))[0]?.headers['Authorization'] ?? ''
    const failure = { summary: 'Error: boom', where: 'commands/boom.ts:3', stack: 'Error: boom\n    at run' }
    simulator.annotate(authorization, { step: 'failed', text: 'command failed', failure })
    simulator.annotate('JWT of.somebody.else', { step: 'failed', text: 'lost' })
    expect(stepsOf(id).at(-1)).toMatchObject({ kind: 'note', note: { step: 'failed', text: 'command failed' } })
    expect(simulator.deliveries().at(-1)).toMatchObject({ id, state: 'answered', failure })
  })

  it('tells what is not kept any more', async () => {
    const gone = await fetch(`${simulator.url}/simulator/deliveries/nobody/wire`)
    expect([gone.status, ((await gone.json()) as { detail: string }).detail]).toEqual([
      404,
      'It is so long ago that what went over the wire is not kept any more.',
    ])
  })
})

describe('what is kept of the wire', () => {
  const delivery = (id: string): Delivery => {
    const about = { addon: 'Echo', oauthId: 'echo', webhookId: 1, event: 'room_message', url: 'http://x.example/' }
    return { id, at: '', state: 'sent', ...about }
  }
  const exchange = (body: string) => ({ method: 'POST', url: 'http://x.example/', headers: {}, body })

  it('is of the latest two hundred webhooks', () => {
    const log = createWireLog({ changed() {} })
    for (let n = 0; n < 250; n++) {
      log.open(delivery(`${n}`), async () => {})
      log.sent(`${n}`, exchange('{}'))
    }
    expect(log.find('49')).toBeUndefined()
    expect(log.find('50')).toBeDefined()
  })

  it('is no more than so much text, however long each is and however much belongs to one', () => {
    const log = createWireLog({ changed() {}, mostChars: 300_000 })
    for (let n = 0; n < 20; n++) {
      log.open(delivery(`${n}`), async () => {})
      log.sent(`${n}`, exchange('{}'))({ answer: { status: 200, headers: {}, body: 'x'.repeat(1_000_000) } })
      for (let more = 0; more < 1_000; more++) log.requested('echo', exchange(''), 0)
    }
    const kept = Array.from({ length: 20 }, (_, n) => log.find(`${n}`)).filter((one) => one !== undefined)
    expect(kept.length).toBeGreaterThan(1)
    expect(JSON.stringify(kept).length).toBeLessThan(330_000)
    expect(log.find('19')?.steps).toHaveLength(200)
  })
})
