import type { EventEmitter } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import type { WebhookRequest } from '../../../src/platforms/platform.js'
import { slack } from '../../../src/platforms/slack/index.js'
import {
  botToken,
  eventBody,
  pressForm,
  type Slack,
  seen,
  signed,
  signingSecret,
  slashForm,
  startSlack,
} from '../../fixtures/slack.js'

describe("a Slack command's whole journey", () => {
  let far: Slack
  let bot: Bot
  let dir: string
  let url: string
  beforeAll(async () => {
    far = await startSlack()
    dir = await mkdtemp(join(tmpdir(), 'commands-'))
    const write = (name: string, run: string) => writeFile(join(dir, name), `export default { summary: 'x', ${run} }`)
    await write('ping.mjs', "run: () => 'pong'")
    await write('count.mjs', "async *run() { for (let n = 1; n <= 9; n++) yield 'line ' + n }")
    await write('slow.mjs', "async run() { await new Promise((done) => process.once('go on', done)); return 'slow' }")
    await write('busy.mjs', 'run() { const end = Date.now() + 300; while (Date.now() < end); }')
    bot = createBot({
      env: { SLACK_SIGNING_SECRET: signingSecret, SLACK_BOT_TOKEN: botToken, SLACK_API_URL: far.apiUrl },
      platforms: [slack],
      commandsDir: dir,
      storeUrl: 'memory:',
      port: 0,
      host: '127.0.0.1',
      log: silentLogger,
    })
    url = `http://127.0.0.1:${(await bot.start()).port}`
  })
  afterAll(async () => {
    await bot.stop()
    await far.close()
    await rm(dir, { recursive: true })
  })

  const type = (line: string) => signed('/commands', slashForm(line, { response_url: far.responseUrl() }))
  const shows = (text: string) => expect.poll(() => far.messages.map(seen)).toContain(text)

  it('answers a slash command, a button and a thread', async () => {
    expect(await send(type('/ping'))).toMatchObject({ status: 200 })
    await expect.poll(() => far.messages.map(seen)).toEqual(['pong'])
    await send(signed('/interactivity', pressForm('/ping', { response_url: far.responseUrl() })))
    await expect.poll(() => far.messages.map(seen)).toEqual(['pong', 'pong'])
    await send(signed('/events', eventBody({ type: 'message', text: '!ping', thread_ts: '1.1' })))
    await expect.poll(() => far.messages.at(-1)?.thread).toBe('1.1')
  })

  it('runs a message once, however often Slack tells of it', async () => {
    const before = far.messages.length
    const body = eventBody({ type: 'message', text: '!ping', ts: '1700000009.1' })
    const now = Math.floor(Date.now() / 1_000)
    for (const at of [now - 2, now - 1, now])
      expect(await send(signed('/events', body, { at }))).toMatchObject({ status: 200 })
    const once = type('/ping')
    expect(await send(once)).toMatchObject({ status: 200 })
    expect(await send(once)).toMatchObject({ status: 401, body: expect.not.stringContaining('replay') })
    await expect.poll(() => far.messages.length).toBe(before + 2)
    await new Promise((done) => setTimeout(done, 100))
    expect(far.messages.length).toBe(before + 2)
  })

  it('shows all lines in order, past the end of the response_url', async () => {
    far.messages.splice(0)
    await send(type('/count'))
    await shows('line 9')
    expect(far.messages.map(seen)).toEqual(Array.from({ length: 9 }, (_, at) => `line ${at + 1}`))
  })

  it('acknowledges a command before it has ended, whatever else runs', async () => {
    const slow = await send(type('/slow'))
    const loaded = await Promise.all([send(type('/busy')), send(type('/busy')), send(type('/ping'))])
    for (const { status } of [slow, ...loaded]) expect(status).toBe(200)
    await expect.poll(() => (process as EventEmitter).emit('go on')).toBe(true)
    await shows('slow')
  })

  it('refuses people of another company, by every door', async () => {
    const user = { id: 'U0009', username: 'eve', team_id: 'T0009' }
    const bodies = [
      ['/interactivity', pressForm('/ping', { user })],
      [
        '/events',
        eventBody({ type: 'app_mention', text: '<@UBOT> ping', user: 'U0009', user_team: 'T0009', ts: '1.3' }),
      ],
      ['/events', eventBody({ type: 'message', text: '!ping', user: 'U0009', ts: '1.2', source_team: 'T0009' })],
    ] as const
    far.people.add('U0009')
    far.messages.splice(0)
    for (const [door, body] of bodies) expect(await send(signed(door, body))).toMatchObject({ status: 200 })
    await expect.poll(() => far.messages.length).toBe(bodies.length)
    for (const message of far.messages) expect(seen(message)).toMatch(/only what the operator allows/)
    const typed = slashForm('/ping', { team_id: 'T0009', user_id: 'U0009' })
    expect(await send(signed('/commands', typed))).toMatchObject({ status: 401 })
  })

  it('tells a forger nothing', async () => {
    const answer = await send(signed('/commands', slashForm('/ping'), { secret: 'another' }))
    expect(answer).toMatchObject({ status: 401 })
    expect(JSON.parse(answer.body)).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401 })
  })

  /** Sends a webhook as Slack does. */
  async function send({ path, headers, body }: WebhookRequest) {
    return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const outgoing = httpRequest(`${url}/slack${path}`, {
        method: 'POST',
        headers: headers as Record<string, string>,
      })
      outgoing.on('error', reject)
      outgoing.on('response', async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        const given = Buffer.concat(chunks).toString()
        if (/^application\/json/.test(answer.headers['content-type'] ?? ''))
          far.acked(body.toString(), JSON.parse(given))
        resolve({ status: answer.statusCode, body: given })
      })
      outgoing.end(body)
    })
  }
})
