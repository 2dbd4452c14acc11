import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createBot } from '../../../src/bot.js'
import type { Logger } from '../../../src/model/logger.js'
import { slack } from '../../../src/platforms/slack/index.js'
import {
  botToken,
  enveloped,
  eventBody,
  pressForm,
  seen,
  signed,
  signingSecret,
  slashForm,
  startSlack,
} from '../../fixtures/slack.js'
import { appToken } from '../../fixtures/slack-sockets.js'

const socketEnv = { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken }
const bothEnv = { ...socketEnv, SLACK_SIGNING_SECRET: signingSecret }

describe("a Slack command's whole journey over Socket Mode", () => {
  const endings: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  it('answers in the ack what ends soon, and later what takes its time, a button and a thread', async () => {
    const { far, type } = await startBot(socketEnv, { answerInAckMs: 2_000 })
    expect(await type('/ping')).toMatchObject({ ended: 'acked', payload: { text: 'pong' } })
    expect(await type('/slow')).toEqual({ ended: 'acked', deliveries: 1 })
    await expect.poll(() => far.messages.map(seen)).toEqual(['pong', 'slow'])
    await far.sockets.deliver('interactive', enveloped(pressForm('/ping', { response_url: far.responseUrl() })))
    await expect.poll(() => far.messages.length).toBe(3)
    await far.sockets.deliver('events_api', enveloped(eventBody({ type: 'message', text: '!ping', thread_ts: '1.1' })))
    await expect.poll(() => far.messages.at(-1)?.thread).toBe('1.1')
    expect(far.messages.map(({ via }) => via)).toEqual(['ack', 'response_url', 'response_url', 'bot'])
    expect(far.sockets.faults).toEqual([])
  })

  it('answers once what runs while the service takes its connections away, and what would ride in an ack too', async () => {
    const { far, type } = await startBot(socketEnv, { answerInAckMs: 2_000 })
    const held: (() => void)[] = []
    Object.assign(globalThis, { heldCalls: held })
    for (const round of [1, 2]) {
      const outcome = type('/held')
      await expect.poll(() => held.length).toBe(1)
      far.sockets.disconnect('refresh_requested', { all: true, afterMs: 0 })
      expect(await outcome).not.toMatchObject({ ended: 'acked' })
      held.pop()?.()
      await expect.poll(() => far.messages.map(seen)).toEqual(new Array(round).fill('held'))
      await expect.poll(far.sockets.open).toBe(2)
    }
    expect(await type('/ping')).toMatchObject({ ended: 'acked', payload: { text: 'pong' } })
    expect(far.messages.map(({ via }) => via)).toEqual(['response_url', 'response_url', 'ack'])
    expect(far.sockets.faults).toEqual([])
  })

  it('runs once what comes by both ways, however often', async () => {
    const { far, url } = await startBot(bothEnv)
    const post = ({ path, headers, body }: ReturnType<typeof signed>) =>
      fetch(`${url}/slack${path}`, { method: 'POST', headers: headers as Record<string, string>, body })
    const form = slashForm('/ping', { response_url: far.responseUrl() })
    const message = eventBody({ type: 'message', text: '!ping', ts: '1700000009.1' })
    await Promise.all([
      post(signed('/commands', form)),
      post(signed('/events', message)),
      ...[1, 2, 3].map(() => far.sockets.deliver('slash_commands', enveloped(form))),
      ...[1, 2, 3].map(() => far.sockets.deliver('events_api', enveloped(message))),
    ])
    await post(signed('/events', message, { at: Math.floor(Date.now() / 1_000) - 1 }))
    await far.sockets.deliver('slash_commands', enveloped(slashForm('/slow', { response_url: far.responseUrl() })))
    await expect.poll(() => far.messages.map(seen).toSorted()).toEqual(['pong', 'pong', 'slow'])
  })

  it('is ready while it is connected, or hears by webhook all the same', async () => {
    const [alone, both] = [await startBot(socketEnv), await startBot(bothEnv)]
    const readiness = async ({ url }: { readonly url: string }) => {
      const answer = await fetch(`${url}/readyz`)
      return `${answer.status} ${await answer.text()}`
    }
    await expect.poll(() => readiness(alone)).toMatch(/^200 (?!.*notConnected)/)
    await expect.poll(() => readiness(both)).toMatch(/^200 (?!.*notConnected)/)
    for (const { far } of [alone, both]) await far.close()
    await expect.poll(() => readiness(alone)).toMatch(/^503 .*Not connected: slack\./)
    await expect.poll(() => readiness(both)).toMatch(/^200 .*"notConnected":\["slack"\]/)
    expect(both.lines.filter((line) => line.includes('connection lost'))).toHaveLength(1)
  })

  it('names a token that is not taken once, and shows it never', async () => {
    const { lines, far } = await startBot({ ...socketEnv, SLACK_APP_TOKEN: 'xapp-1-hush' })
    await expect.poll(() => lines.join('\n')).toContain('does not take SLACK_APP_TOKEN (invalid_auth)')
    await sleep(1_500)
    expect(far.calls(/connections.open/)).toHaveLength(1)
    expect(lines.filter((line) => line.includes('not connected'))).toHaveLength(1)
    expect(lines.join('\n')).not.toContain('hush')
  })

  it('goes on by itself when the line was lost, and leaves when it is told to', async () => {
    const { far, type, stop } = await startBot(socketEnv)
    far.sockets.cut({ all: true })
    await expect.poll(async () => (await type('/ping')).ended).toBe('acked')
    await stop()
    expect(far.sockets.open()).toBe(0)
  })

  async function startBot(env: Readonly<Record<string, string>>, { answerInAckMs = 0 } = {}) {
    const far = await startSlack()
    const dir = await mkdtemp(join(tmpdir(), 'commands-'))
    const write = (name: string, run: string) => writeFile(join(dir, name), `export default { summary: 'x', ${run} }`)
    await write('ping.mjs', "run: () => 'pong'")
    await write('slow.mjs', "async run() { await new Promise((done) => setTimeout(done, 2_500)); return 'slow' }")
    await write(
      'held.mjs',
      "async run() { await new Promise((done) => globalThis.heldCalls.push(done)); return 'held' }",
    )
    const lines: string[] = []
    const bot = createBot({
      env: { SLACK_API_URL: far.apiUrl, ...env },
      platforms: [slack],
      commandsDir: dir,
      storeUrl: 'memory:',
      answerInAckMs,
      port: 0,
      host: '127.0.0.1',
      log: createLinesLog(lines),
    })
    const { port } = await bot.start()
    endings.push(
      () => far.close(),
      () => rm(dir, { recursive: true }),
      bot.stop,
    )
    if (env['SLACK_APP_TOKEN'] === appToken) await expect.poll(far.sockets.open).toBe(2)
    return {
      far,
      lines,
      url: `http://127.0.0.1:${port}`,
      stop: bot.stop,
      type: (line: string) =>
        far.sockets.deliver('slash_commands', enveloped(slashForm(line, { response_url: far.responseUrl() }))),
    }
  }
})

function createLinesLog(lines: string[]): Logger {
  const write = (facts: object, message: string) => void lines.push(`${message} ${JSON.stringify(facts)}`)
  return { debug() {}, info: write, warn: write, error: write, child: () => createLinesLog(lines) }
}
