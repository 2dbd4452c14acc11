import type { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../../src/bot.js'
import { silentLogger } from '../../../src/model/logger.js'
import { commandData, type Discord, seen, startDiscord } from '../../fixtures/discord.js'

const files = {
  'slow.ts': `export default {
    summary: 'Takes its time',
    options: { seconds: { type: 'number', positional: true } },
    async *run({ options }) {
      yield 'begun'
      await new Promise((resolve) => setTimeout(resolve, options.seconds * 1000))
      yield 'ended'
    },
  }`,
  'busy.ts': `export default {
    summary: 'Keeps the processor from everybody else',
    timeout: '10m',
    async run() {
      let tired = false
      process.once('go on', () => { tired = true })
      while (!tired) await new Promise((resolve) => {
        for (const stop = Date.now() + 50; Date.now() < stop; );
        setImmediate(resolve)
      })
      return 'tired'
    },
  }`,
  'asks.ts': `export default { summary: 'Needs a name', options: { name: { type: 'string', required: true } }, run: () => 'x' }`,
}

describe('a command chosen on Discord', () => {
  let server: Discord
  let bot: Bot
  let dir: string
  let address: string
  beforeEach(async () => {
    server = await startDiscord()
    dir = mkdtempSync(join(tmpdir(), 'slashroom-discord-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    bot = createBot({
      env: {
        DISCORD_PUBLIC_KEY: server.publicKey,
        DISCORD_APPLICATION_ID: server.applicationId,
        DISCORD_API_URL: server.url,
      },
      port: 0,
      host: '127.0.0.1',
      baseUrl: 'http://localhost',
      commandsDir: dir,
      storeUrl: 'memory:',
      log: silentLogger,
    })
    const { port } = await bot.start()
    address = `http://127.0.0.1:${port}/discord/interactions`
  })
  afterEach(async () => {
    await bot.stop()
    await server.close()
    rmSync(dir, { recursive: true })
  })

  const shown = () => server.messages.map((one) => [seen(one), one.hidden])
  const choose = (path: string, options: readonly Record<string, unknown>[] = []) =>
    server.interaction({ data: commandData(path, options) })

  it('is acknowledged at once and answered as its replies come', async () => {
    const interaction = choose('slow', [{ name: 'seconds', type: 10, value: 0.3 }])
    expect(await server.send(address, interaction)).toMatchObject({ status: 200, body: { type: 5 } })
    await expect.poll(shown).toEqual([
      ['begun', false],
      ['ended', false],
    ])
  })

  it('is acknowledged while another keeps the processor busy', async () => {
    await server.send(address, choose('busy'))
    const acks = await Promise.all(Array.from({ length: 20 }, () => server.send(address, choose('slow'))))
    expect(new Set(acks.map(({ body }) => body.type))).toEqual(new Set([5]))
    await expect.poll(() => (process as EventEmitter).emit('go on')).toBe(true)
    await expect.poll(() => shown().map(([text]) => text)).toContain('tired')
  })

  it('runs once, however often it comes, and is told how it is used to its caller alone', async () => {
    const interaction = choose('asks')
    for (let time = 0; time < 3; time++) expect((await server.send(address, interaction)).status).toBe(200)
    await expect.poll(() => shown().some(([, hidden]) => hidden)).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(shown()).toEqual([[expect.stringContaining('Usage: /asks'), true]])
  })

  it('is refused with 401 where it was forged, and keeps Discord’s own test of us', async () => {
    const { body, headers } = server.sign(JSON.stringify(choose('slow')), undefined, 'foreign')
    expect((await fetch(address, { method: 'POST', body, headers })).status).toBe(401)
    expect((await fetch(address, { method: 'POST', body })).status).toBe(401)
    const ping = server.interaction({ type: 1, data: undefined, guild_id: undefined, member: undefined })
    expect(await server.send(address, ping)).toMatchObject({ status: 200, body: { type: 1 } })
  })
})
