import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../fixtures/free-port.js'
import { ircClient } from '../fixtures/irc-client.js'
import { startNgircd } from '../fixtures/irc-servers.js'
import { startRedis } from '../fixtures/redis.js'
import { build } from '../fixtures/slashroom.js'
import { type BotProcess, startBot } from './chaos/bot-process.js'

beforeAll(build)

it('a process that was paused beyond its lease sends nothing more on IRC, and leaves when it wakes', async () => {
  const [server, redis, dir] = await Promise.all([
    startNgircd(),
    startRedis(),
    mkdtemp(join(tmpdir(), 'slashroom-irc-')),
  ])
  onTestFinished(async () => {
    await Promise.all([server.stop(), redis.stop()])
    await rm(dir, { recursive: true, force: true })
  })
  await writeFile(join(dir, 'lines.mjs'), lines)
  await writeFile(join(dir, 'echo.mjs'), echo)
  const start = async (name: string): Promise<BotProcess & { connected(): Promise<boolean> }> => {
    const port = await freePort()
    const bot = await startBot(
      {
        PORT: String(port),
        HOST: '127.0.0.1',
        STORE_URL: redis.url,
        SECRET_KEY: '00'.repeat(32),
        COMMANDS_DIR: dir,
        IRC_URL: server.url,
        IRC_NICK: 'bot',
        IRC_CHANNELS: '#ops',
      },
      join(dir, `${name}.log`),
    )
    onTestFinished(bot.kill)
    const metrics = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return { ...bot, connected: async () => /slashroom_connected\{platform="irc"\} 1/.test(await metrics()) }
  }
  const ann = await ircClient(server.port, 'ann', { channels: ['#ops'] })
  onTestFinished(ann.close)
  const one = await start('one')
  const other = await start('other')
  const [serving = one.pid] = one.workers()

  ann.send('PRIVMSG #ops :!lines')
  await ann.waitFor(/ PRIVMSG #ops :line 9$/)
  process.kill(serving, 'SIGSTOP')
  const woken = ann.lines.length
  ann.send('PRIVMSG #ops :!echo said while it was paused')
  await expect.poll(other.connected).toBe(true)
  process.kill(serving, 'SIGCONT')
  await ann.waitFor(/^:bot!\S+ (QUIT|PART)/, woken)
  await expect.poll(one.connected).toBe(false)
  ann.send('PRIVMSG #ops :!echo after')
  await ann.waitFor(/PRIVMSG #ops :after$/, woken)
  const said = ann.lines.slice(woken)
  const awake = said.slice(
    0,
    said.findIndex((line) => /^:bot!\S+ (QUIT|PART)/.test(line)),
  )
  // Now the remaining bot can take the nick; until then it had another.
  await ann.waitFor(/^:bot_!\S+ NICK :?bot$/, woken)
  expect(awake.filter((line) => /^:bot!\S+ (PRIVMSG|NOTICE)/.test(line))).toEqual([])
})

const lines = `export default {
  summary: 'Says forty lines',
  run: () => Array.from({ length: 40 }, (_, at) => 'line ' + (at + 1)).join('\\n'),
}
`
const echo = `export default {
  summary: 'Says it again',
  options: { text: { type: 'string', positional: true, rest: true } },
  run: ({ options }) => options.text,
}
`
