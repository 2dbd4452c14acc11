import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createBot } from '../../src/bot.js'
import { silentLogger } from '../../src/model/logger.js'
import { readSettings } from '../../src/platforms/irc/settings.js'
import { freePort } from '../fixtures/free-port.js'
import { ircClient } from '../fixtures/irc-client.js'
import { untilListening } from '../fixtures/irc-servers.js'

const page = readFileSync('docs/irc.md', 'utf8')
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe('the guide to IRC', () => {
  it('has valid settings', () => {
    const [, block = ''] = /Where the bot runs:\n\n((?: {4}.*\n)+)/.exec(page) ?? []
    const given = [...block.matchAll(/^ {4}export ([A-Z_]+)='?(.*?)'?$/gm)].map(
      ([, name = '', value = '']) => [name, value] as const,
    )
    expect(given.length).toBeGreaterThan(3)
    expect(readSettings(Object.fromEntries(given))).toMatchObject({
      nick: 'ops-bot',
      channels: [{ id: '#ops' }, { key: 'its-key' }],
    })
  })

  it('leads to an answer on a local server', async () => {
    const port = await freePort()
    const elsewhere = (text: string) => text.replaceAll('6667', String(port))
    const [, ini = ''] = /```ini\n([\s\S]*?)```/.exec(page) ?? []
    const dir = mkdtempSync(join(tmpdir(), 'slashroom-irc-docs-'))
    writeFileSync(join(dir, 'ngircd.conf'), elsewhere(ini))
    const [, program = '', line = ''] = /^ {4}(ngircd) (--.*)$/m.exec(page) ?? []
    const server = spawn(program, line.replace('$PWD', dir).split(' '), { stdio: 'ignore' })
    closers.push(async () => {
      const ended = once(server, 'exit')
      if (server.exitCode === null && server.kill('SIGKILL')) await ended
      rmSync(dir, { recursive: true })
    })
    const [, url = '', channels = ''] = /^ {4}IRC_URL=(\S+) IRC_CHANNELS=(\S+) npm start$/m.exec(page) ?? []
    const env = { IRC_URL: elsewhere(url), IRC_CHANNELS: channels }
    const bot = createBot({ port: 0, host: '127.0.0.1', storeUrl: 'memory:', log: silentLogger, env })
    closers.push(() => bot.stop())
    await bot.start()
    const [, nick = ''] = /^ {4}irssi .*--nick=(\w+)$/m.exec(page) ?? []
    await untilListening(port, server)
    const kim = await ircClient(port, nick, { channels: [channels] })
    closers.push(async () => kim.close())
    await kim.waitFor(/slashroom!\S+ JOIN| 353 .*slashroom/)
    kim.send(`PRIVMSG ${channels} :!deploy status`)
    await kim.waitFor(`PRIVMSG ${channels} :🟢 website`)
  })
})
