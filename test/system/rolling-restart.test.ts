import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadOrCreateCertificates } from '../../src/simulator/tls/certificate-files.js'
import { freePort } from '../fixtures/free-port.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { botToken, type Slack, seen, signingSecret, slashForm, startSlack } from '../fixtures/slack.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

describe('two processes on Redis, behind the nginx of the guide', () => {
  let dir: string
  let redis: RedisServer
  let slack: Slack
  let ports: readonly number[]
  let bots: BotProcess[]
  let front: { readonly url: string; stop(): Promise<void> }
  beforeAll(async () => {
    build()
    dir = await mkdtemp(join(tmpdir(), 'slashroom-rolling-'))
    await mkdir(join(dir, 'commands'))
    await writeFile(join(dir, 'commands', 'who.js'), who)
    await writeFile(join(dir, 'commands', 'wait.js'), wait)
    redis = await startRedis()
    slack = await startSlack()
    ports = [await freePort(), await freePort()]
    bots = await Promise.all(ports.map(start))
    front = await startNginx(dir, ports)
  })
  afterAll(async () => {
    await Promise.all(bots.map((bot) => bot.kill()))
    await Promise.all([front.stop(), slack.close(), redis.stop()])
    await rm(dir, { recursive: true })
  })

  function start(port: number): Promise<BotProcess> {
    const env = {
      HOST: '127.0.0.1',
      PORT: String(port),
      BASE_URL: 'https://bot.example.com',
      STORE_URL: redis.url,
      SECRET_KEY: Buffer.alloc(32, 7).toString('hex'),
      COMMANDS_DIR: join(dir, 'commands'),
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_BOT_TOKEN: botToken,
      SLACK_API_URL: slack.apiUrl,
      SHUTDOWN_SECONDS: '240',
      GATES: dir,
    }
    return startBot(env, join(dir, `log-${port}`))
  }

  const type = (url: string, line: string) =>
    slack.send(`${url}/slack/commands`, slashForm(line, { response_url: slack.responseUrl() }))

  const answers = () => slack.messages.map(seen)

  it('are restarted in turn while people type, and no command is lost', async () => {
    const statuses: number[] = []
    let typing = true
    const trickle = (async () => {
      for (; typing; await sleep(50)) statuses.push(await type(front.url, `/who ${statuses.length}`))
    })()

    for (const [n, port] of ports.entries()) {
      const own = `http://127.0.0.1:${port}`
      const [stopping, other] = [bots[n] as BotProcess, bots[1 - n] as BotProcess]
      expect(await type(own, `/wait ${n}`)).toBe(200)
      await expect.poll(answers).toContain(`waiting ${n}`)
      const stopped = stopping.stop()
      await expect.poll(async () => (await fetch(`${own}/readyz`)).status).toBe(503)

      // It is busy still, and what it takes the other one runs, from when it knows that there is one.
      const late = `late-${n} ${workerOf(other)}`
      await expect
        .poll(async () => {
          expect(await type(own, `/who late-${n}`)).toBe(200)
          return answers()
        })
        .toContain(late)
      expect((await fetch(`${own}/readyz`)).status).toBe(503)

      await writeFile(join(dir, `gate-${n}`), '')
      expect(await stopped).toBe(0)
      await sleep(500) // people type while there is only one
      bots[n] = await start(port)
    }

    typing = false
    await trickle
    expect(new Set(statuses)).toEqual(new Set([200]))
    const numbers = () => answers().flatMap((text) => /^(\d+) \d+$/.exec(text)?.[1] ?? [])
    await expect.poll(() => new Set(numbers()).size).toBe(statuses.length)
    expect(numbers()).toHaveLength(statuses.length)
  })

  it('refuse all when both stop, since nobody is left to run it', async () => {
    expect(await type(`http://127.0.0.1:${ports[0]}`, '/wait both')).toBe(200)
    await expect.poll(answers).toContain('waiting both')
    const stopped = bots.map((bot) => bot.stop())
    await stopped[1]
    await expect.poll(() => type(`http://127.0.0.1:${ports[0]}`, '/who nobody')).toBe(503)
    await writeFile(join(dir, 'gate-both'), '')
    expect(await Promise.all(stopped)).toEqual([0, 0])
  })
})

/** Names the process that runs it. */
const who = `module.exports = {
  summary: 'Tells which process runs it',
  options: { n: { type: 'string', positional: true } },
  run: ({ options }) => options.n + ' ' + process.pid,
}`

/** Keeps its process busy until there is a file. */
const wait = `const { existsSync } = require('node:fs')
module.exports = {
  summary: 'Waits',
  timeout: '10m',
  options: { n: { type: 'string', positional: true } },
  async *run({ options }) {
    yield 'waiting ' + options.n
    while (!existsSync(process.env.GATES + '/gate-' + options.n)) await new Promise((resolve) => setTimeout(resolve, 50))
    yield 'waited ' + options.n
  },
}`

/** The process that serves is the child of the one that was started. */
function workerOf(bot: BotProcess): string {
  return bot.workers().join()
}

/** Starts nginx with the file of the guide, which it must find valid as it stands there. */
async function startNginx(dir: string, ports: readonly number[]) {
  const [, shown = ''] = /```nginx\n([\s\S]*?)```/.exec(readFileSync('docs/hosting.md', 'utf8')) ?? []
  const certificates = join(dir, 'certificates')
  loadOrCreateCertificates(certificates)
  const port = await freePort()
  // Its places and ports are this test's.
  const placed = shown
    .replaceAll(/\/etc\/nginx\/bot\.(?:pem|key)/g, join(certificates, 'server.pem'))
    .replaceAll('/var/log/nginx', dir)
    .replace('127.0.0.1:3000', `127.0.0.1:${ports[0]}`)
    .replace('127.0.0.1:3001', `127.0.0.1:${ports[1]}`)
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
  const nginx = (file: string) => [
    ...['-p', dir, '-e', join(dir, 'start.log')],
    ...['-c', file],
    ...['-g', globals(dir)],
  ]
  await writeFile(join(dir, 'tls.conf'), placed)
  await promisify(execFile)('nginx', [...nginx(join(dir, 'tls.conf')), '-t'])
  await writeFile(join(dir, 'plain.conf'), placed.replace(' ssl;', ';').replaceAll(/^ *ssl_certificate.*$/gm, ''))
  const child = spawn('nginx', nginx(join(dir, 'plain.conf')), { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const answers = async () => expect((await fetch(`${url}/healthz`)).status).toBe(200)
  await vi.waitFor(answers, { timeout: 60_000 })
  return { url, stop: () => stop(child) }
}

function globals(dir: string): string {
  return `daemon off; pid ${join(dir, 'nginx.pid')};`
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
