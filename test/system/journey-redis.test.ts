import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FourServices, startFourServices } from '../fixtures/four-services.js'
import { freePort } from '../fixtures/free-port.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

describe('two processes on Redis, behind one address, in HipChat, Slack, Mattermost and Discord', () => {
  let dir: string
  let redis: RedisServer
  let services: FourServices
  let front: Front
  let bots: readonly BotProcess[]
  beforeAll(async () => {
    build()
    dir = await mkdtemp(join(tmpdir(), 'slashroom-journey-'))
    redis = await startRedis()
    const ports = [await freePort(), await freePort()]
    front = await startFront(ports)
    services = await startFourServices(() => front.url)
    const start = (port: number) =>
      startBot(
        {
          ...services.env,
          HOST: '127.0.0.1',
          PORT: String(port),
          BASE_URL: front.url,
          STORE_URL: redis.url,
          SECRET_KEY: Buffer.alloc(32, 7).toString('hex'),
          COMMANDS_DIR: 'commands',
          REGISTER: 'auto',
        },
        join(dir, `log-${port}`),
      )
    bots = await Promise.all(ports.map(start))
    await services.install(front.url)
  })
  afterAll(async () => {
    await Promise.all(bots.map((bot) => bot.kill()))
    await Promise.all([services.close(), front.close(), redis.stop()])
    await rm(dir, { recursive: true })
  })

  const line = '/deploy status --env staging'

  it('answers in each, whichever process it comes to', async () => {
    for (const { platform, type, shown } of services.rooms) {
      const before = shown().length
      const acks = [await type(line), await type(line), await type(line), await type(line)]
      expect(Math.max(...acks), platform).toBeLessThan(300)
      await expect.poll(() => shown().length, { message: platform }).toBe(before + 4)
      for (const answer of shown().slice(before)) expect(answer, platform).toContain('website')
    }
    const [one, other] = front.served
    expect(Math.min(one ?? 0, other ?? 0)).toBeGreaterThan(4)
  })

  it('runs once what comes to both', async () => {
    for (const { platform, type, shown } of services.rooms) {
      if (platform === 'hipchat') continue // its room types a new message each time
      const before = shown().length
      await Promise.all([type(line, 'twice'), type(line, 'twice'), type(line, 'twice')])
      await expect.poll(() => shown().length, { message: platform }).toBeGreaterThan(before)
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(shown().length, platform).toBe(before + 1)
    }
  })

  it('goes on in each when one process is killed', async () => {
    await bots[0]?.kill()
    for (const { platform, type, shown } of services.rooms) {
      const before = shown().length
      expect(await type(line), platform).toBeLessThan(300)
      await expect.poll(() => shown().length, { message: platform }).toBe(before + 1)
    }
    for (const port of front.ports) {
      const log = await readFile(join(dir, `log-${port}`), 'utf8')
      for (const secret of [services.env['MATTERMOST_BOT_TOKEN'], services.env['SLACK_BOT_TOKEN']]) {
        expect(log).not.toContain(secret)
      }
    }
  })
})

/** One address for several processes, each of which gets every other request. */
interface Front {
  readonly url: string
  readonly ports: readonly number[]
  /** How many requests each has answered. */
  readonly served: readonly number[]
  close(): Promise<void>
}

async function startFront(ports: readonly number[]): Promise<Front> {
  const served = ports.map(() => 0)
  let turn = 0
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const first = turn++
    for (let skip = 0; skip < ports.length; skip++) {
      const place = (first + skip) % ports.length
      if (await pass(request, Buffer.concat(chunks), ports[place] ?? 0, response)) {
        served[place] = (served[place] ?? 0) + 1
        return
      }
    }
    response.writeHead(502).end()
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    ports,
    served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Passes a request on, unless nobody is there to take it. */
function pass({ method, url, headers }: IncomingMessage, body: Buffer, port: number, response: ServerResponse) {
  return new Promise<boolean>((resolve) => {
    const onward = httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response).on('finish', () => resolve(true))
    })
    onward.on('error', () => resolve(false))
    onward.end(body)
  })
}
