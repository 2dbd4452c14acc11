import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../fixtures/free-port.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { botToken, signingSecret } from '../fixtures/slack.js'
import { build, runProgram, slashroom } from '../fixtures/slashroom.js'
import { type SlowSlack, startSlowSlack } from '../fixtures/slow-slack.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

describe('a thousand notifications on their way', () => {
  let dir: string
  let slack: SlowSlack
  let bots: Set<BotProcess>
  let redis: RedisServer | undefined
  beforeAll(build)
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-notified-'))
    await Promise.all(['commands', 'data'].map((name) => mkdir(join(dir, name))))
    slack = await startSlowSlack(150)
    bots = new Set()
  })
  afterEach(async () => {
    await Promise.all([...bots].map((bot) => bot.kill()))
    await Promise.all([slack.close(), redis?.stop()])
    redis = undefined
    await rm(dir, { recursive: true })
  })

  it('are posted once each or told of, in order, though the bot is killed twice', async () => {
    const field = await open(`file:${join(dir, 'data')}`)
    const port = await freePort()
    let bot = await field.start(port)
    const posting = field.postAll(port)
    for (const accepted of [400, 700]) {
      await expect.poll(() => field.accepted.length, { interval: 10 }).toBeGreaterThan(accepted)
      await bot.kill()
      bot = await field.start(port)
    }
    await posting
    await field.settled(port)
    field.judge()
  })

  it('are taken up within ten seconds by whoever lives on the same Redis, which restarts meanwhile', async () => {
    redis = await startRedis()
    const field = await open(redis.url)
    const [first, second] = [await freePort(), await freePort()]
    const [bot] = [await field.start(first), await field.start(second)]
    await field.postAll(first)
    await redis.restart()
    await bot.kill()
    const killedAt = performance.now()
    const takenUp = async () =>
      (await readFile(join(dir, `log-${second}`), 'utf8')).includes('took over entries of a dead process')
    await expect.poll(takenUp, { interval: 50 }).toBe(true)
    console.log(`taken up after ${((performance.now() - killedAt) / 1_000).toFixed(1)} s`)
    await field.settled(second)
    field.judge()
  })

  it('are left to the other by a process that is asked to stop', async () => {
    redis = await startRedis()
    const field = await open(redis.url)
    const [first, second] = [await freePort(), await freePort()]
    const [bot] = [await field.start(first), await field.start(second)]
    const posting = field.postAll(first, 20, [first, second])
    await expect.poll(() => field.accepted.length, { interval: 10 }).toBeGreaterThan(150)
    expect(await bot.stop()).toBe(0)
    await posting
    await field.settled(second)
    field.judge({ inOrder: false })
    expect(field.told()).toBe(0)
  })

  async function open(storeUrl: string) {
    const env = {
      HOST: '127.0.0.1',
      BASE_URL: 'https://bot.example.com',
      STORE_URL: storeUrl,
      SECRET_KEY: Buffer.alloc(32, 7).toString('hex'),
      COMMANDS_DIR: join(dir, 'commands'),
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_BOT_TOKEN: botToken,
      SLACK_API_URL: slack.apiUrl,
    }
    const admin = async (...args: readonly string[]) => {
      const { code, out, err } = await runProgram(process.execPath, [slashroom, ...args], { env })
      expect(code, err).toBe(0)
      return out.trim()
    }
    const rooms = Array.from({ length: 200 }, (_, n) => `C${n}`)
    const some = rooms.slice(0, 20)
    const token = await admin('token', 'create', '--name', 'ci', '--all-rooms', '--rate', 'none')
    await admin('alias', 'set', 'everyone', ...rooms.map((room) => `slack:${room}`))
    const accepted: { readonly id: string; readonly room: string; readonly text: string }[] = []

    async function post(port: number, room: string, text: string): Promise<boolean> {
      const answer = await fetch(`http://127.0.0.1:${port}/notify/${room}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
        body: text,
      })
      const { id } = (await answer.json()) as { id: string }
      if (answer.status === 202) accepted.push({ id, room, text })
      return answer.status === 202
    }

    /** Posts so many to each room, one after the other; what is not accepted has a new text when it is tried again. */
    async function postTo(room: string, ports: readonly number[], count: number): Promise<void> {
      let attempt = 0
      for (let done = 0; done < count; ) {
        const port = ports[attempt % ports.length] ?? 0
        if (await post(port, room, `${room} ${attempt++}`).catch(() => false)) done++
        else await sleep(50)
      }
    }

    async function receiptOf(port: number, id: string) {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetch(`http://127.0.0.1:${port}/notify/receipts/${id}`, { headers })
      return (await answer.json()) as { readonly rooms: readonly { readonly state: string }[] }
    }

    const toldOf = (room: string, id: string) =>
      slack.shown(room).some((text) => text.includes('may be missing') && text.includes(id))

    return {
      accepted,
      async start(port: number) {
        const bot = await startBot({ ...env, PORT: String(port) }, join(dir, `log-${port}`))
        bots.add(bot)
        void bot.ended.then(() => bots.delete(bot))
        return bot
      },
      /** A thousand to twenty rooms, and one to all two hundred in their midst. */
      async postAll(port: number, each = 50, ports = [port]) {
        await Promise.all([
          ...some.map((room) => postTo(room, ports, each)),
          (async () => {
            await expect.poll(() => accepted.length, { interval: 5 }).toBeGreaterThan(5 * each)
            while (!(await post(port, 'everyone', `to all`).catch(() => false))) await sleep(50)
          })(),
        ])
      },
      /** Resolves when the receipt of each says how it ended. */
      async settled(port: number) {
        const open = new Set(accepted.map(({ id }) => id))
        const look = async () => {
          for (const id of open) {
            const { rooms } = await receiptOf(port, id)
            if (rooms.every(({ state }) => state === 'delivered')) open.delete(id)
            else return open.size
          }
          return 0
        }
        await expect.poll(look, { timeout: 90_000, interval: 200 }).toBe(0)
      },
      told: () => rooms.flatMap((room) => slack.shown(room)).filter((text) => text.includes('may be missing')).length,
      judge({ inOrder = true } = {}) {
        const all = rooms.flatMap((room) => slack.shown(room).map((text) => `${room}: ${text}`))
        const twice = all.filter((line, at) => !line.includes('may be missing') && all.indexOf(line) !== at)
        const lost = accepted.flatMap(({ id, room, text }) =>
          (room === 'everyone' ? rooms : [room]).filter((one) => !slack.shown(one).includes(text) && !toldOf(one, id)),
        )
        const disordered = some.filter((room) => {
          const numbers = slack.shown(room).flatMap((text) => /^C\d+ (\d+)$/.exec(text)?.[1] ?? [])
          return numbers.some((number, at) => at > 0 && Number(number) < Number(numbers[at - 1]))
        })
        console.log(`${accepted.length} accepted, ${all.length} shown, ${this.told()} told of`)
        expect({ twice, lost, disordered: inOrder ? disordered : [] }).toEqual({ twice: [], lost: [], disordered: [] })
      },
    }
  }
})
