import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bot, createBot } from '../../src/bot.js'
import { silentLogger } from '../../src/model/logger.js'
import { type IrcClient, ircClient } from '../fixtures/irc-client.js'
import { type IrcServer, startNgircd } from '../fixtures/irc-servers.js'
import { build, runProgram, slashroom } from '../fixtures/slashroom.js'

describe('a notification to an IRC channel', { timeout: 120_000 }, () => {
  let dir: string
  let server: IrcServer
  let kim: IrcClient
  let bot: Bot
  let url: string
  let env: Readonly<Record<string, string>>
  beforeEach(async () => {
    build()
    dir = mkdtempSync(join(tmpdir(), 'slashroom-irc-notify-'))
    server = await startNgircd()
    env = { IRC_URL: server.url, IRC_NICK: 'bot', IRC_CHANNELS: '#ops', STORE_URL: `file:${dir}` }
    kim = await ircClient(server.port, 'kim', { channels: ['#ops'] })
    bot = createBot({ port: 0, host: '127.0.0.1', storeUrl: `file:${dir}`, log: silentLogger, env })
    url = `http://127.0.0.1:${(await bot.start()).port}`
    await kim.waitFor(/bot!\S+ JOIN| 353 .*\bbot\b/)
  })
  afterEach(async () => {
    await bot.stop()
    kim.close()
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function token(): Promise<string> {
    const create = ['token', 'create', '--name', 'ci', '--room', '#ops', '--json']
    const { out, err } = await runProgram(process.execPath, [slashroom, ...create], { env })
    expect(err).toBe('')
    return JSON.parse(out).token
  }

  it('arrives, is reported as delivered, and shows what to type for its buttons', async () => {
    const authorization = `Bearer ${await token()}`
    const post = async (type: string, body: string) => {
      const headers = { authorization, 'content-type': type }
      const response = await fetch(`${url}/notify/%23ops`, { method: 'POST', headers, body })
      expect(response.status).toBe(202)
      return ((await response.json()) as { id: string }).id
    }
    const id = await post('text/plain', 'Build 12 passed')
    await kim.waitFor('PRIVMSG #ops :Build 12 passed')
    const buttons = [{ label: 'Roll back', command: '/deploy rollback web' }]
    await post('application/json', JSON.stringify({ title: 'web 2.4 is out', tone: 'good', buttons }))
    await kim.waitFor('PRIVMSG #ops :🟢 web 2.4 is out')
    await kim.waitFor('PRIVMSG #ops :Roll back: !deploy rollback web')
    const receipt = () => fetch(`${url}/notify/receipts/${id}`, { headers: { authorization } })
    await expect
      .poll(async () => (await receipt()).json())
      .toMatchObject({ rooms: [{ room: expect.stringContaining('#ops'), state: 'delivered' }] })
  })
})
