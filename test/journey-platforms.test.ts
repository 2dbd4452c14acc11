import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../src/bot.js'
import { silentLogger } from '../src/model/logger.js'
import { type FourServices, startFourServices } from './fixtures/four-services.js'
import { freePort } from './fixtures/free-port.js'

describe('one bot in HipChat, Slack, Mattermost, Discord, Telegram and Teams at once', () => {
  let services: FourServices
  let bot: Bot
  let url: string
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    services = await startFourServices(() => url)
    bot = createBot({
      env: services.env,
      port,
      host: '127.0.0.1',
      baseUrl: url,
      storeUrl: 'memory:',
      commandsDir: 'commands',
      register: 'auto',
      shutdownSeconds: 2,
      log: silentLogger,
    })
    await bot.start()
    await services.install(url)
  })
  afterAll(async () => {
    await bot.stop()
    await services.close()
  })

  it('answers the same command on each with the same card', async () => {
    for (const { platform, type, shown } of services.rooms) {
      const before = shown().length
      expect(await type('/deploy status --env staging'), platform).toBeLessThan(300)
      await expect.poll(() => shown().length, { message: platform }).toBeGreaterThan(before)
      const answer = shown().at(-1)
      for (const part of ['website', 'runs on staging', 'Version', 'Since', 'History', 'built-in example']) {
        expect(answer, platform).toContain(part)
      }
    }
  })

  it('answers the button below the card, and writes the command out where there are no buttons', async () => {
    const line = '/deploy history website --env staging'
    for (const { platform, press, shown } of services.rooms) {
      const before = shown().length
      if (!press) expect(shown().join(), platform).toContain(line)
      else {
        expect(await press(line), platform).toBeLessThan(300)
        await expect.poll(() => shown().length, { message: platform }).toBeGreaterThan(before)
      }
    }
  })

  it('shows the usage of a command on each', async () => {
    for (const { platform, type, shown } of services.rooms) {
      await type('/deploy status --env mars')
      await expect.poll(() => shown().at(-1), { message: platform }).toContain('mars')
    }
  })

  it('runs once what a service delivers twice', async () => {
    for (const { platform, type, shown } of services.rooms) {
      if (platform === 'hipchat') continue // its room types a new message each time; the contract has this case
      const before = shown().length
      await type('/deploy status --env staging', 'twice')
      await type('/deploy status --env staging', 'twice')
      await expect.poll(() => shown().length, { message: platform }).toBeGreaterThan(before)
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(shown().length, platform).toBe(before + 1)
    }
  })

  it('has one registry and one count of calls for all of them', async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    for (const { platform } of services.rooms) {
      expect(metrics).toMatch(
        new RegExp(`slashroom_invocations_total\\{[^}]*platform="${platform}"[^}]*command="deploy status"[^}]*"done"`),
      )
    }
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'ready', commands: expect.any(Number) })
  })
})
