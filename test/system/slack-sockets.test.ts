import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shortHash } from '../../src/shared/crypto.js'
import { freePort } from '../fixtures/free-port.js'
import { botToken, enveloped, eventBody, type Slack, seen, slashForm, startSlack } from '../fixtures/slack.js'
import { appToken } from '../fixtures/slack-sockets.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

/** More of them take longer: `SOCKET_KILLS=20`. */
const kills = Number(process.env['SOCKET_KILLS'] ?? 4)

describe('commands over Socket Mode', () => {
  let dir: string
  let far: Slack
  let bots: Set<BotProcess>
  beforeAll(build)
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-sockets-'))
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
    far = await startSlack()
    // What Slack sends again within an hour comes again within a minute.
    far.sockets.retriesMs = Array.from({ length: 120 }, () => 500)
    bots = new Set()
  })
  afterEach(async () => {
    await Promise.all([...bots].map((bot) => bot.kill()))
    await far.close()
    await rm(dir, { recursive: true })
  })

  it('are answered or told of, and run once each, though the bot is killed and the line drops', async () => {
    const start = await starter()
    let bot = await start()
    const typing = type()
    for (let round = 0; round < kills; round++) {
      await acknowledged(40)
      far.sockets.cut()
      await acknowledged(40)
      far.sockets.cut({ all: true })
      await acknowledged(40)
      await bot.kill()
      bot = await start()
    }
    await acknowledged(40)
    typing.stop()
    await typing.ended
    await expect.poll(() => typing.open(), { timeout: 90_000, interval: 200 }).toEqual([])

    const runs = (await readFile(join(dir, 'noted'), 'utf8')).split('\n').filter(Boolean)
    const shown = far.messages.map(seen)
    const said = shown.filter((text) => text.startsWith('noted '))
    const { acked, refused } = typing
    console.log(
      `${kills} kills and ${2 * kills} cuts: ${acked.size} acknowledged (${typing.again} of them sent more than once), ` +
        `${refused} not; ${runs.length} runs, ${said.length} answers, ${shown.length - said.length} told of; ` +
        `${runs.length - new Set(runs).size} run twice, ${said.length - new Set(said).size} answered twice`,
    )
    expect(runs.filter((one, at) => runs.indexOf(one) !== at)).toEqual([])
    expect(said.filter((one, at) => said.indexOf(one) !== at)).toEqual([])
    expect(typing.unheard).toEqual([])
    expect(far.sockets.faults).toEqual([])

    async function acknowledged(count: number): Promise<void> {
      const until = typing.acked.size + count
      await expect.poll(() => typing.acked.size, { interval: 5, timeout: 60_000 }).toBeGreaterThan(until)
    }
  })

  it('are taken over by another process within ten seconds, and run by one of the two', async () => {
    const start = await starter()
    const [first] = [await start(), await start()]
    const typing = type()
    await expect.poll(() => typing.acked.size, { interval: 5 }).toBeGreaterThan(40)
    const opened = far.sockets.opened()
    await first.kill()
    const killedAt = performance.now()
    await expect.poll(far.sockets.opened, { interval: 20 }).toBeGreaterThan(opened)
    const seconds = (performance.now() - killedAt) / 1_000
    console.log(`another process holds the connection ${seconds.toFixed(1)} s after the kill`)
    const { size } = typing.acked
    await expect.poll(() => typing.acked.size, { interval: 5 }).toBeGreaterThan(size + 40)
    typing.stop()
    await typing.ended
    await expect.poll(() => typing.open(), { timeout: 90_000, interval: 200 }).toEqual([])
    const runs = (await readFile(join(dir, 'noted'), 'utf8')).split('\n').filter(Boolean)
    expect(runs.length).toBe(new Set(runs).size)
  })

  async function starter() {
    const env = {
      HOST: '127.0.0.1',
      STORE_URL: `file:${join(dir, 'data')}`,
      COMMANDS_DIR: join(dir, 'commands'),
      SLACK_APP_TOKEN: appToken,
      SLACK_BOT_TOKEN: botToken,
      SLACK_API_URL: far.apiUrl,
    }
    return async () => {
      const port = await freePort()
      const bot = await startBot({ ...env, PORT: String(port) }, join(dir, `log-${port}`))
      bots.add(bot)
      void bot.ended.then(() => bots.delete(bot))
      return bot
    }
  }

  /** People who type one line after another, as commands and as messages, until they are stopped. */
  function type() {
    const acked = new Map<string, string>()
    const unheard: string[] = []
    let stopped = false
    const typing = {
      acked,
      /** Messages that never were acknowledged, however often they were sent. */
      unheard,
      refused: 0,
      again: 0,
      stop() {
        stopped = true
      },
      ended: Promise.resolve(),
      /** What was acknowledged, and neither answered nor told of. */
      open() {
        const shown = far.messages.map(seen)
        const texts = new Set(shown)
        const told = shown.filter((text) => !text.startsWith('noted ')).join('\n')
        return [...acked].flatMap(([what, id]) => (texts.has(`noted ${what}`) || told.includes(id) ? [] : [what]))
      },
    }

    async function command(what: string): Promise<void> {
      const form = enveloped(slashForm(`/note ${what}`, { response_url: far.responseUrl() }))
      const { ended } = await far.sockets.deliver('slash_commands', form)
      if (ended === 'acked') {
        acked.set(what, shortHash('slack', 'T0001', String(form['trigger_id']), 'C0001', 'U0001', `/note ${what}`))
      } else {
        typing.refused++
        await sleep(20)
      }
    }

    async function message(what: string): Promise<void> {
      const ts = `${1_700_000_000 + Math.floor(Math.random() * 1e8)}.${what.replace(/\D/g, '').padStart(6, '0')}`
      const body = enveloped(eventBody({ type: 'message', text: `!note ${what}`, ts }))
      const { ended, deliveries } = await far.sockets.deliver('events_api', body)
      if (deliveries > 1) typing.again++
      if (ended === 'acked') acked.set(what, shortHash('slack', 'T0001', 'C0001', ts))
      else unheard.push(what)
    }

    async function person(name: number): Promise<void> {
      for (let n = 0; !stopped; n++) {
        if (name % 2) await command(`c${name}-${n}`)
        else await message(`m${name}-${n}`)
      }
    }

    typing.ended = Promise.all(Array.from({ length: 8 }, (_, name) => person(name))).then(() => undefined)
    return typing
  }
})
