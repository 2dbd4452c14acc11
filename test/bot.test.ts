import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Koa, { type Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../src/bot.js'
import { createEmbeddedJournal } from '../src/journal/embedded-journal.js'
import { ConfigError } from '../src/model/errors.js'
import { type Logger, silentLogger } from '../src/model/logger.js'
import type { PlatformDeps, PlatformFactory } from '../src/platforms/platform.js'
import { createSimulator } from '../src/simulator/hipchat.js'
import { openLmdb } from '../src/stores/lmdb.js'
import { freePort } from './fixtures/free-port.js'
import { invocationOf } from './fixtures/invocation.js'
import { startPigeon } from './fixtures/pigeon.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('a bot that serves by itself', () => {
  it('starts on a free port, says where, and stops', async () => {
    const bot = createBot({ ...settings, port: 0 })
    closing.push(() => bot.stop())
    const { url, port } = await bot.start()
    expect(url).toBe(`http://localhost:${port}`)
    expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toEqual({ status: 'ready', commands: 3 })
    await bot.stop()
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
  })

  it('serves all below the path of its base URL too', async () => {
    const bot = createBot({ ...settings, port: 0, baseUrl: 'https://bots.example.com/one/' })
    closing.push(() => bot.stop())
    const { port } = await bot.start()
    for (const path of ['/one/descriptor.json', '/descriptor.json']) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      expect([answer.status, JSON.stringify(await answer.json())]).toEqual([
        200,
        expect.stringContaining('https://bots.example.com/one/'),
      ])
    }
  })

  it('is not ready while no command of its own is loaded', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'slashroom-empty-'))
    closing.push(() => rm(empty, { recursive: true, force: true }))
    const bot = createBot({ ...settings, port: 0, commandsDir: empty })
    closing.push(() => bot.stop())
    const { port } = await bot.start()
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { detail: 'No commands are loaded, and nothing can post.' },
    ])
  })

  it('says problem+json of what it does not have', async () => {
    const bot = createBot({ ...settings, port: 0 })
    closing.push(() => bot.stop())
    const { port } = await bot.start()
    const answer = await fetch(`http://127.0.0.1:${port}/nothing`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  it('gives its platforms what encrypts the tokens that they keep', async () => {
    let given: PlatformDeps | undefined
    const mine: PlatformFactory = (_env, deps) => {
      given = deps
      return undefined
    }
    const bot = createBot({ ...settings, port: 0, platforms: [mine] })
    closing.push(() => bot.stop())
    await bot.start()
    expect(given?.encryptor?.encrypt('token', 'context')).toMatch(/^(?!.*token)./)
  })

  it('takes settings by name before those of the environment, and leaves out what is undefined', async () => {
    expect(() => createBot({ env: { PORT: 'http' } })).toThrow(/^PORT must be/)
    const bot = createBot({
      ...settings,
      env: { PORT: '1', BASE_URL: 'https://bot.example.com' },
      port: 0,
      baseUrl: undefined,
    })
    closing.push(() => bot.stop())
    expect((await bot.start()).url).toBe('https://bot.example.com')
  })

  it('judges a setting by name as it judges the environment', () => {
    const bad = { port: 99_999, workers: 0, baseUrl: 'nope', logLevel: 'loud' as 'info', shutdownSeconds: -1 }
    for (const [name, value] of Object.entries(bad)) {
      expect(() => createBot({ ...settings, [name]: value }), name).toThrow(ConfigError)
    }
  })

  it('starts once however often it is told to, stops likewise, and starts again', async () => {
    const bot = createBot({ ...settings, port: 0 })
    closing.push(() => bot.stop())
    const [one, other] = await Promise.all([bot.start(), bot.start()])
    expect(other).toEqual(one)
    await Promise.all([bot.stop(), bot.stop()])
    await bot.stop()
    const { port } = await bot.start()
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  })

  it('stops when it is told so while it starts', async () => {
    const bot = createBot({ ...settings, port: 0 })
    const [{ port }] = await Promise.all([bot.start(), bot.stop()])
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
    await expect(bot.reload()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('does one thing after the other, however quickly it is told to start and stop', async () => {
    const { lines, log } = listener()
    const bot = createBot({ ...settings, log, port: await freePort() })
    closing.push(() => bot.stop())
    const told = [bot.start(), bot.stop(), bot.start(), bot.start(), bot.stop(), bot.stop(), bot.start()]
    await Promise.all(told)
    expect(lines.filter((line) => /^(ready|stopp)/.test(line))).toEqual([
      'ready',
      'stopping',
      'stopped',
      'ready',
      'stopping',
      'stopped',
      'ready',
    ])
    await bot.stop()
    await bot.stop()
    expect(lines.at(-1)).toBe('stopped')
  })

  it('names the port that is taken, and starts when it is free', async () => {
    const { port, close } = await listen(createServer())
    const bot = createBot({ ...settings, port })
    closing.push(() => bot.stop())
    const refused = expect(bot.start()).rejects.toThrow(`PORT ${port} is in use`)
    await bot.stop()
    await refused
    await close()
    expect((await bot.start()).port).toBe(port)
  })

  it('lets go of what it had when it cannot start, and may be told again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-policy-'))
    closing.push(() => rm(dir, { recursive: true, force: true }))
    const policyFile = join(dir, 'policy.yaml')
    const port = await freePort()
    const bot = createBot({ ...settings, policyFile, port })
    closing.push(() => bot.stop())
    await writeFile(policyFile, 'nonsense: true')
    const refused = [bot.start(), bot.start()].map((start) => expect(start).rejects.toThrow(ConfigError))
    const stopped = bot.stop()
    const again = expect(bot.start()).rejects.toThrow(ConfigError)
    await Promise.all([...refused, stopped, again])
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
    await writeFile(policyFile, 'default: allow')
    expect((await bot.start()).port).toBe(port)
  })

  it('has its store closed where it could not start after that was opened', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-store-'))
    closing.push(() => rm(dir, { recursive: true, force: true }))
    const [data, commandsDir] = [join(dir, 'data'), join(dir, 'commands')]
    const bot = createBot({ ...settings, storeUrl: `file:${data}`, commandsDir, port: 0 })
    closing.push(() => bot.stop())
    await expect(bot.start()).rejects.toThrow(ConfigError)
    await rm(data, { recursive: true })
    await mkdir(commandsDir)
    await bot.start()
    expect(await readdir(data)).toContain('data.mdb')
  })
})

describe('what an earlier process left', () => {
  it('is run once requests are taken, and not before: it might end the process', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-left-'))
    closing.push(() => rm(dir, { recursive: true, force: true }))
    // So many that taking them up goes on while the first could run.
    await leave(dir, 500)
    const { lines, log } = listener()
    const bot = createBot({
      ...settings,
      port: 0,
      log,
      storeUrl: `file:${dir}`,
      platforms: [() => startPigeon().platform],
      use: [
        (_, next) => {
          lines.push('run')
          return next()
        },
      ],
    })
    closing.push(() => bot.stop())
    await bot.start()
    const steps = () => lines.filter((line) => /^(ready|run)$/.test(line))
    await expect.poll(() => steps().length).toBe(501)
    expect(steps().indexOf('ready')).toBe(0)
  })
})

/** Writes so many calls down, and leaves them to another process before their runs begin. */
async function leave(dir: string, calls: number): Promise<void> {
  const embedded = openLmdb(dir)
  const journal = createEmbeddedJournal({ embedded, log: silentLogger })
  const lines = Array.from({ length: calls }, (_, n) => invocationOf(`${n}`, { platform: 'pigeon', text: '/echo x' }))
  await Promise.all(lines.map(async (line) => (await journal.accept(line))?.release()))
  await journal.close()
  await embedded.close()
}

describe('a bot in somebody else’s application', () => {
  it('answers in its rooms, beside the application’s own routes', async () => {
    const { url, simulator } = await mounted([ownRoute])
    expect(await (await fetch(`${url}/own`)).text()).toBe('mine')
    await simulator.install(`${url}/descriptor.json`)
    await simulator.say('Lounge', 'Alice', '/echo hello')
    await expect.poll(() => simulator.history('Lounge').at(-1)).toMatchObject({ kind: 'notification', text: 'hello' })
  })

  it('leaves what is not its own to the application: answers, errors and 404', async () => {
    const faults: string[] = []
    const keepFaults: Middleware = async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        faults.push(String(error))
        ctx.status = 418
      }
    }
    const { url } = await mounted([ownRoute, broken], [keepFaults])
    expect((await fetch(`${url}/broken`)).status).toBe(418)
    expect(faults).toEqual(['Error: mine to answer'])
    const missing = await fetch(`${url}/nothing`)
    expect([missing.status, await missing.text()]).toEqual([404, 'Not Found'])
  })

  it('leaves the application its own API at /v1 and /v2, and HipChat senders theirs', async () => {
    const api: Middleware = (ctx) => {
      ctx.body = 'mine'
    }
    const { url } = await mounted([api])
    const ask = async (path: string, method = 'GET') => await fetch(`${url}${path}`, { method })
    const own = [
      '/v1/users',
      '/v1/users/42',
      '/v1/orders',
      '/v2/user',
      '/v2/user/42',
      '/v2/room/42/members',
      '/v2/orders',
    ]
    for (const path of own) expect(await (await ask(path)).text()).toBe('mine')
    const foreign = [['/v1/rooms/message'], ['/v2/room/42/notification', 'POST'], ['/v2/room']] as const
    for (const [path, method] of foreign) expect((await ask(path, method)).status).toBe(401)
  })

  it('does not listen by itself', async () => {
    const { port: free } = await listen(createServer()).then(async (taken) => {
      await taken.close()
      return taken
    })
    const bot = createBot({ ...settings, port: free })
    bot.middleware()
    await bot.start()
    closing.push(() => bot.stop())
    await expect(fetch(`http://127.0.0.1:${free}/healthz`)).rejects.toThrow()
  })

  it('answers 503 until it has started', async () => {
    const bot = createBot(settings)
    const { url } = await serve(bot)
    const answer = await fetch(`${url}/descriptor.json`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    await bot.start()
    closing.push(() => bot.stop())
    expect((await fetch(`${url}/descriptor.json`)).status).toBe(200)
  })

  it('says what is wrong where a body parser stands before it', async () => {
    const { lines, log } = listener()
    const bot = createBot({ ...settings, log })
    const { url } = await serve(bot, [], [bodyParser() as Middleware])
    await bot.start()
    closing.push(() => bot.stop())
    const headers = { 'content-type': 'application/json', authorization: 'JWT a.b.c' }
    expect((await fetch(`${url}/hipchat/webhook`, { method: 'POST', body: '{}', headers })).status).toBe(500)
    expect(lines.join()).toContain('mount the bot before any body parser')
  })

  it('stops without stopping the application', async () => {
    const { url, bot } = await mounted([ownRoute])
    await bot.stop()
    expect(await (await fetch(`${url}/own`)).text()).toBe('mine')
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
  })

  it('names a setting of a platform that is off', async () => {
    const warned: unknown[] = []
    const log: Logger = { ...silentLogger, warn: (facts) => void warned.push(facts), child: () => log }
    const bot = createBot({ ...settings, port: 0, log, env: { MATTERMOST_BOT_TOKEN: 'x' } })
    await bot.start()
    closing.push(() => bot.stop())
    expect(warned).toContainEqual({ setting: 'MATTERMOST_BOT_TOKEN', missing: 'MATTERMOST_URL' })
  })
})

const settings = { env: {}, storeUrl: 'memory:', commandsDir: 'test/fixtures/commands', log: silentLogger } as const

const ownRoute: Middleware = async (ctx, next) => {
  if (ctx.path !== '/own') return await next()
  ctx.body = 'mine'
}

const broken: Middleware = async (ctx, next) => {
  if (ctx.path !== '/broken') return await next()
  throw new Error('mine to answer')
}

function listener() {
  const lines: string[] = []
  const log: Logger = {
    ...silentLogger,
    info: (_, line) => void lines.push(line),
    error: (facts, line) => void lines.push(`${line} ${JSON.stringify(facts)}`),
    child: () => log,
  }
  return { lines, log }
}

/** An application with a bot between `before` and `after`, and a chat server that it trusts. */
async function mounted(after: readonly Middleware[], before: readonly Middleware[] = []) {
  const simulator = createSimulator({ port: 0 })
  await simulator.listen()
  closing.push(() => simulator.close())
  const { url, app } = await application()
  const bot = createBot({ ...settings, env: { HIPCHAT_HOSTS: new URL(simulator.url).host }, baseUrl: url })
  for (const middleware of [...before, bot.middleware(), ...after]) app.use(middleware)
  await bot.start()
  closing.push(() => bot.stop())
  return { bot, simulator, url }
}

async function serve(bot: Bot, after: readonly Middleware[] = [], before: readonly Middleware[] = []) {
  const { app, url } = await application()
  for (const middleware of [...before, bot.middleware(), ...after]) app.use(middleware)
  return { url }
}

async function application() {
  const app = new Koa()
  const server = createServer((request, response) => void app.callback()(request, response))
  const { port } = await listen(server)
  return { app, url: `http://127.0.0.1:${port}` }
}

async function listen(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  closing.push(close)
  return { port, close }
}
