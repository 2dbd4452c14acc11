import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../fixtures/free-port.js'
import { build } from '../fixtures/slashroom.js'
import { startTelegram, type Telegram } from '../fixtures/telegram.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

/** More of them take longer: `TELEGRAM_KILLS=20`. */
const kills = Number(process.env['TELEGRAM_KILLS'] ?? 2)
const secret = 'a-secret_token'

describe('commands typed in Telegram', () => {
  let dir: string
  let far: Telegram
  let bots: Set<BotProcess>
  beforeAll(build)
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-telegram-'))
    await Promise.all(['commands', 'data'].map((name) => mkdir(join(dir, name))))
    await writeFile(join(dir, 'noted'), '')
    await writeFile(
      join(dir, 'commands', 'note.mjs'),
      `import { appendFileSync } from 'node:fs'
      export default {
        summary: 'Notes it',
        options: { what: { type: 'string', positional: true } },
        run({ options }) {
          appendFileSync(${JSON.stringify(join(dir, 'noted'))}, options.what + '\\n')
          return 'noted ' + options.what
        },
      }`,
    )
    far = await startTelegram()
    bots = new Set()
  })
  afterEach(async () => {
    await Promise.all([...bots].map((bot) => bot.kill()))
    await far.close()
    await rm(dir, { recursive: true })
  })

  it('are answered or told of, and run once each, though the bot is killed and goes over to a webhook and back', async () => {
    const typing = type()
    let bot = await start('polling')
    for (let round = 0; round < kills; round++) {
      await heard(15)
      await bot.bot.kill()
      bot = await start('polling')
    }
    await heard(10)
    await bot.bot.kill()
    bot = await start('webhook')
    const posting = post(bot.address)
    await heard(15)
    await bot.bot.kill()
    await posting.stop()
    bot = await start('polling')
    await heard(10)
    typing.stop()
    await typing.ended
    await expect.poll(() => typing.open(), { timeout: 90_000, interval: 200 }).toEqual([])

    const runs = await noted()
    const said = far.messages.map(({ text }) => text).filter((text) => text.startsWith('noted '))
    console.log(
      `${kills + 2} kills: ${typing.chats.size} typed, ${runs.length} runs, ${said.length} answers, ` +
        `${far.messages.length - said.length} told of; ${posting.refused} times not taken, ${posting.posted} posted`,
    )
    expect(runs.filter((one, at) => runs.indexOf(one) !== at)).toEqual([])
    expect(said.filter((one, at) => said.indexOf(one) !== at)).toEqual([])
  })

  it('are asked for by another process within ten seconds', async () => {
    const [first] = [await start('polling'), await start('polling')]
    const typing = type()
    await heard(10)
    await first.bot.kill()
    const killedAt = performance.now()
    await heard(10)
    console.log(`another process asks ${((performance.now() - killedAt) / 1_000).toFixed(1)} s after the kill`)
    typing.stop()
    await typing.ended
    await expect.poll(() => typing.open(), { timeout: 90_000, interval: 200 }).toEqual([])
    const runs = await noted()
    expect(runs.length).toBe(new Set(runs).size)
  })

  async function noted(): Promise<readonly string[]> {
    return (await readFile(join(dir, 'noted'), 'utf8')).split('\n').filter(Boolean)
  }

  /** Waits until so many more have been run. */
  async function heard(count: number): Promise<void> {
    const until = (await noted()).length + count
    await expect.poll(async () => (await noted()).length, { interval: 20, timeout: 60_000 }).toBeGreaterThan(until)
  }

  async function start(by: 'polling' | 'webhook') {
    const port = await freePort()
    const env = {
      HOST: '127.0.0.1',
      PORT: String(port),
      STORE_URL: `file:${join(dir, 'data')}`,
      COMMANDS_DIR: join(dir, 'commands'),
      TELEGRAM_BOT_TOKEN: far.botToken,
      TELEGRAM_API_URL: far.url,
      TELEGRAM_SECRET_TOKEN: secret,
      ...(by === 'webhook' ? { BASE_URL: 'https://bot.example.com' } : {}),
    }
    const bot = await startBot(env, join(dir, `log-${port}`))
    bots.add(bot)
    void bot.ended.then(() => bots.delete(bot))
    return { bot, address: `http://127.0.0.1:${port}/telegram/webhook` }
  }

  /** People who type one line after another, each in a chat of its own, until they are stopped. */
  function type() {
    const chats = new Map<number, string>()
    let stopped = false
    async function person(): Promise<void> {
      while (!stopped) {
        const id = -10_000 - chats.size
        const chat = { id, type: 'group', title: `Room ${id}` } as const
        far.chats.set(id, chat)
        chats.set(id, `n${-id}`)
        far.queue(far.typed(`/note n${-id}`, { chat }))
        await sleep(60)
      }
    }
    /** What was neither answered nor told of: both are said in its own chat. */
    const open = () => {
      const answered = new Set(far.messages.map(({ chat }) => chat))
      return [...chats].flatMap(([id, what]) => (answered.has(id) ? [] : [what]))
    }
    const stop = () => {
      stopped = true
    }
    return { chats, open, stop, ended: person() }
  }

  /** What the service does where a webhook is set: it posts, in order, and again what was not taken. */
  function post(address: string) {
    let stopped = false
    const posting = { refused: 0, posted: 0, stop: async () => {} }
    const ended = (async () => {
      while (!stopped) {
        const [update] = far.pending
        const status = update ? await far.post(address, update, secret).catch(() => 0) : 0
        if (status === 200) {
          far.pending.shift()
          posting.posted++
        } else {
          if (update) posting.refused++
          await sleep(20)
        }
      }
    })()
    posting.stop = async () => {
      stopped = true
      await ended
    }
    return posting
  }
})
