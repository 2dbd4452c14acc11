import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../fixtures/free-port.js'
import { botToken, type Slack, seen, signingSecret, slashForm, startSlack } from '../fixtures/slack.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

describe('two workers on one embedded store', () => {
  let dir: string
  let slack: Slack
  let port: number
  let bot: BotProcess
  beforeAll(async () => {
    build()
    dir = mkdtempSync(join(tmpdir(), 'slashroom-workers-'))
    mkdirSync(join(dir, 'commands'))
    writeFileSync(join(dir, 'commands', 'who.js'), who)
    slack = await startSlack()
    port = await freePort()
    const settings = { WORKERS: '2', STORE_URL: `file:${join(dir, 'data')}`, COMMANDS_DIR: join(dir, 'commands') }
    const own = { HOST: '127.0.0.1', PORT: String(port), BASE_URL: 'https://bot.example.com' }
    const service = { SLACK_SIGNING_SECRET: signingSecret, SLACK_BOT_TOKEN: botToken, SLACK_API_URL: slack.apiUrl }
    bot = await startBot({ ...settings, ...own, ...service }, join(dir, 'log'))
  })
  afterAll(async () => {
    await bot.kill()
    await slack.close()
    rmSync(dir, { recursive: true })
  })

  it('are two soon, though the second dies while it starts, and the first serves meanwhile', async () => {
    await expect.poll(ready).toBe(1) // the log comes by a pipe, and may be behind what the port says
    const first = Number(/"pid":(\d+).*"msg":"ready"/.exec(log())?.[1]) // not that of the lowest id: ids begin anew
    await expect.poll(() => bot.workers()).toHaveLength(2)
    const second = bot.workers().find((worker) => worker !== first)
    if (second) process.kill(second, 'SIGKILL')
    // A connection that Node.js hands to a worker at the moment of its death is lost with it.
    await expect.poll(() => bot.workers()).not.toContain(second)
    expect(await type('/who first')).toBe(200)
    await expect.poll(ready).toBeGreaterThan(1)
    expect(bot.workers()).toHaveLength(2)
    expect(bot.workers()).toContain(first)
  })

  it('are restarted in turn while people type, and no command is lost', async () => {
    const before = ready()
    const statuses: (number | string)[] = []
    let typing = true
    const trickle = (async () => {
      for (; typing; await sleep(20)) statuses.push(await type(`/who ${statuses.length}`))
    })()
    for (const [n, worker] of bot.workers().entries()) {
      await sleep(300)
      process.kill(worker, 'SIGTERM')
      await expect.poll(ready).toBe(before + 1 + n)
      await sleep(300)
      expect(bot.workers()).not.toContain(worker)
    }
    typing = false
    await trickle
    expect(new Set(statuses)).toEqual(new Set([200]))
    await expect.poll(() => new Set(numbers()).size).toBe(statuses.length)
    expect(numbers()).toHaveLength(statuses.length)
    expect(await bot.stop()).toBe(0)
  })

  const log = () => readFileSync(join(dir, 'log'), 'utf8')
  const ready = () => log().match(/"msg":"ready"/g)?.length ?? 0

  async function type(line: string): Promise<number | string> {
    const form = slashForm(line, { response_url: slack.responseUrl() })
    try {
      return await slack.send(`http://127.0.0.1:${port}/slack/commands`, form, AbortSignal.timeout(30_000))
    } catch (error) {
      return String((error as Error).cause ?? error)
    }
  }

  const numbers = () => slack.messages.map(seen).flatMap((text) => /^n(\d+)$/.exec(text)?.[1] ?? [])
})

const who = `module.exports = {
  summary: 'Says its number',
  options: { n: { type: 'string', positional: true } },
  run: ({ options }) => 'n' + options.n,
}`
