import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shortHash } from '../../src/shared/crypto.js'
import { freePort } from '../fixtures/free-port.js'
import { type Mattermost, startMattermost } from '../fixtures/mattermost.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

/** More of them take longer: `SOCKET_KILLS=20`. */
const kills = Number(process.env['SOCKET_KILLS'] ?? 3)

describe('commands over Mattermost’s websocket', () => {
  let dir: string
  let server: Mattermost
  let bots: Set<BotProcess>
  beforeAll(build)
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-websocket-'))
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
    server = await startMattermost()
    bots = new Set()
  })
  afterEach(async () => {
    await Promise.all([...bots].map((bot) => bot.kill()))
    await server.close()
    await rm(dir, { recursive: true })
  })

  it('are answered or told of, and run once each, though the bot is killed, the line drops and the server forgets', async () => {
    let bot = await start()
    const typing = type()
    for (let round = 0; round < kills; round++) {
      for (const act of [() => server.socket.loseNext(), () => server.socket.cut()]) {
        await answered(20)
        act()
      }
      await answered(20)
      server.socket.cut({ forgets: round % 2 === 0 })
      await answered(20)
      await bot.kill()
      bot = await start()
    }
    await answered(20)
    typing.stop()
    await typing.ended
    await expect.poll(open, { timeout: 90_000, interval: 200 }).toEqual([])

    const runs = (await readFile(join(dir, 'noted'), 'utf8')).split('\n').filter(Boolean)
    const answers = said()
    console.log(
      `${kills} kills and ${3 * kills} faults of the line: ${typing.typed.size} typed, ${runs.length} runs, ` +
        `${answers.length} answers, ${server.posts.length - answers.length} told of; ` +
        `${runs.length - new Set(runs).size} run twice, ${answers.length - new Set(answers).size} answered twice`,
    )
    expect(runs.filter((one, at) => runs.indexOf(one) !== at)).toEqual([])
    expect(answers.filter((one, at) => answers.indexOf(one) !== at)).toEqual([])
    expect(server.socket.faults).toEqual([])

    async function answered(count: number): Promise<void> {
      const until = said().length + count
      await expect.poll(() => said().length, { interval: 10, timeout: 60_000 }).toBeGreaterThan(until)
    }

    /** What was typed, and neither answered nor told of. */
    function open(): readonly string[] {
      const texts = new Set(said())
      const told = server.posts.map(({ message, attachments }) => message + JSON.stringify(attachments)).join('\n')
      return [...typing.typed].flatMap(([what, id]) => (texts.has(`noted ${what}`) || told.includes(id) ? [] : [what]))
    }
  })

  const said = () => server.posts.map(({ message }) => message).filter((message) => message.startsWith('noted '))

  async function start(): Promise<BotProcess> {
    const port = await freePort()
    const env = {
      HOST: '127.0.0.1',
      PORT: String(port),
      STORE_URL: `file:${join(dir, 'data')}`,
      COMMANDS_DIR: join(dir, 'commands'),
      MATTERMOST_URL: server.url,
      MATTERMOST_BOT_TOKEN: server.botToken,
      MAX_WAITING_PER_PERSON: '10000', // one person types all that was missed
      MAX_WAITING_PER_TENANT: '10000',
    }
    const bot = await startBot(env, join(dir, `log-${port}`))
    bots.add(bot)
    void bot.ended.then(() => bots.delete(bot))
    return bot
  }

  /** People who type one line after another, whether the bot is there or not. */
  function type() {
    const typed = new Map<string, string>()
    let stopped = false
    async function person(name: number): Promise<void> {
      for (let n = 0; !stopped; n++) {
        const what = `p${name}-${n}`
        const { id } = server.say(`!note ${what}`)
        typed.set(what, shortHash('mattermost', server.team.id, id))
        await sleep(60)
      }
    }
    const ended = Promise.all([1, 2, 3].map(person))
    return {
      typed,
      ended,
      stop() {
        stopped = true
      },
    }
  }
})
