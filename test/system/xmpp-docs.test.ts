import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../fixtures/free-port.js'
import { startXmppBot } from '../fixtures/xmpp-bot.js'
import { enterXmpp } from '../fixtures/xmpp-person.js'
import type { XmppServer } from '../fixtures/xmpp-server.js'

const page = readFileSync('docs/xmpp.md', 'utf8')

describe('the guide to XMPP', () => {
  it('has a server that starts, accounts that can be created, and a bot that answers', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'slashroom-xmpp-docs-'))
    const port = await freePort()
    const config = join(dir, 'prosody.cfg.lua')
    const [, block = ''] = /```lua\n([\s\S]*?)```/.exec(page) ?? []
    // Unlike the bot and real clients, the person in this test supports only PLAIN.
    const written = `allow_unencrypted_plain_auth = true\n${block}`
    writeFileSync(config, written.replaceAll('/tmp/prosody-try', dir).replace('5222', String(port)))
    for (const [, account = ''] of page.matchAll(/prosodyctl --config \S+ (register .*)/g)) {
      const { status, stdout } = spawnSync('prosodyctl', ['--config', config, ...account.split(' ')], {
        encoding: 'utf8',
      })
      expect(status, stdout).toBe(0)
    }
    const server = spawn('prosody', ['--config', config, '-F'], { stdio: 'ignore' })
    const [, line = ''] = /^ {4}(XMPP_JID=bot@chat\.example XMPP_PASSWORD.*) npm start$/m.exec(page) ?? []
    const env = Object.fromEntries(
      line
        .replace('5222', String(port))
        .split(' ')
        .map((one) => one.split('=')),
    )
    const bot = await startXmppBot({} as XmppServer, { env })
    try {
      await bot.ready()
      const kim = await enterXmpp({ port, domain: 'chat.example' } as XmppServer, 'kim', 'kim-secret')
      await kim.join('ops@rooms.chat.example', 'kim')
      kim.say('ops@rooms.chat.example', '!echo as the guide says')
      await kim.hears(({ nick, body }) => nick === 'bot' && body === 'as the guide says')
      kim.close()
    } finally {
      await bot.stop()
      server.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('quotes lines that the log really has', () => {
    const sources = ['room', 'room-errors', 'session', 'socket'].map((name) =>
      readFileSync(`src/platforms/xmpp/connection/${name}.ts`, 'utf8'),
    )
    const said = page.slice(page.indexOf('## Troubleshooting'))
    for (const line of [
      'the nick is already taken',
      'not in the room',
      'the bot was kicked',
      'the bot is banned',
      'it is full',
      'offers no encryption',
      'cannot speak in the room',
    ])
      expect([said.includes(line), sources.some((source) => source.includes(line))], line).toEqual([true, true])
  })
})
