import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { createRedisStore } from '../../src/stores/redis.js'
import { connectRedis } from '../../src/stores/redis-connection.js'
import { keepsAgendaPromises } from '../contracts/scheduler.js'
import { freePort } from '../fixtures/free-port.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

const commands = {
  'remind.js': `export default {
    summary: 'Reminds',
    options: { in: { type: 'string', positional: true }, what: { type: 'string', positional: true, rest: true } },
    async run({ options, later }) { await later(options.in, '/echo ' + options.what); return 'Noted.' },
  }`,
  'echo.js': `export default {
    summary: 'Says it',
    options: { what: { type: 'string', positional: true, rest: true } },
    run: ({ options, invocation }) => invocation.user.name + ', ' + options.what,
  }`,
  'tick.js': `export default {
    summary: 'Ticks',
    schedule: '* * * * *',
    run: ({ invocation }) => 'tick ' + new Date(invocation.at).toISOString(),
  }`,
}

describe('what a bot runs by itself', () => {
  let dir: string
  let redis: RedisServer
  let simulator: Simulator
  let bots: BotProcess[]
  beforeAll(async () => {
    build()
    dir = await mkdtemp(join(tmpdir(), 'slashroom-agenda-'))
    await mkdir(join(dir, 'commands'))
    for (const [name, text] of Object.entries(commands)) await writeFile(join(dir, 'commands', name), text)
    redis = await startRedis()
    simulator = createSimulator({ port: 0 })
    await simulator.listen()
    bots = []
  })
  afterEach(async () => {
    await Promise.all(bots.splice(0).map((bot) => bot.kill()))
  })
  afterAll(async () => {
    await Promise.all([simulator.close(), redis.stop()])
    await rm(dir, { recursive: true })
  })

  async function start(port: number, env: Readonly<Record<string, string>>): Promise<BotProcess> {
    const bot = await startBot(
      {
        HOST: '127.0.0.1',
        PORT: String(port),
        BASE_URL: `http://127.0.0.1:${port}`,
        HIPCHAT_HOSTS: new URL(simulator.url).host,
        SECRET_KEY: Buffer.alloc(32, 7).toString('hex'),
        COMMANDS_DIR: join(dir, 'commands'),
        ...env,
      },
      join(dir, 'log'),
    )
    bots.push(bot)
    return bot
  }
  const shown = (room: string) =>
    simulator
      .history(room)
      .filter(({ kind }) => kind === 'notification')
      .map(({ text }) => text)
  const reminded = (room: string) => shown(room).filter((text) => !/^(Noted|tick)/.test(text))
  const told = () => readFile(join(dir, 'log'), 'utf8').catch(() => '')

  it('comes once, after kill -9 and a restart when it was due already', async () => {
    const port = await freePort()
    const env = { STORE_URL: `file:${join(dir, 'data')}` }
    const bot = await start(port, env)
    await simulator.install(`http://127.0.0.1:${port}/descriptor.json`)
    await simulator.say('Lounge', 'Alice', '/remind 8s "the train"')
    await simulator.say('Lounge', 'Alice', '/remind 1h later')
    await expect.poll(() => shown('Lounge').filter((text) => text === 'Noted.').length).toBe(2)
    await bot.kill()
    await passed(8_500)
    expect(reminded('Lounge')).toEqual([])
    await start(port, env)
    await expect.poll(() => reminded('Lounge'), { message: await told() }).toHaveLength(1)
    await start(await freePort(), env)
    await passed(3_000)
    expect(reminded('Lounge')).toEqual(['Alice Archer, "the train"'])
  })

  it('comes once from two processes on Redis, in the room that has an installation', async () => {
    const ports = [await freePort(), await freePort()]
    const env = { STORE_URL: redis.url, BASE_URL: `http://127.0.0.1:${ports[0]}` }
    await Promise.all(ports.map((port) => start(port, env)))
    await simulator.install(`http://127.0.0.1:${ports[0]}/descriptor.json`, { room: 'Ops' })
    await simulator.say('Ops', 'Alice', '/remind 1s tea')
    await expect.poll(() => reminded('Ops')).toEqual(['Alice Archer, tea'])
    const ticks = () => shown('Ops').filter((text) => text.startsWith('tick'))
    await expect.poll(() => ticks().length, { timeout: 180_000, interval: 250 }).toBe(1)
    await passed(3_000)
    expect(new Set(ticks()).size).toBe(ticks().length)
    expect(reminded('Ops')).toEqual(['Alice Archer, tea'])
  })

  describe('on Redis', () => {
    let database = 0
    let last = ''
    keepsAgendaPromises(async () => {
      const name = expect.getState().currentTestName ?? ''
      if (name !== last) database++
      last = name
      return createRedisStore(connectRedis(`${redis.url}/${database % 16}`, silentLogger))
    })
  })
})

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
