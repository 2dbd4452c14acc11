import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type IrcClient, ircClient } from '../fixtures/irc-client.js'
import { type IrcServer, startInspircd } from '../fixtures/irc-servers.js'
import { isDoubt, type NotingProcesses, notingProcesses } from '../fixtures/noting-processes.js'
import { startRedis } from '../fixtures/redis.js'

const kills = Number(process.env['IRC_KILLS'] ?? 2)

describe('a command on IRC', { timeout: 300_000 + kills * 120_000 }, () => {
  let server: IrcServer
  let bots: NotingProcesses
  beforeEach(async () => {
    server = await startInspircd()
    bots = await notingProcesses({ IRC_URL: server.url, IRC_NICK: 'bot', IRC_CHANNELS: '#ops' })
  })
  afterEach(async () => {
    await bots.close()
    await server.stop()
  })

  const alice = () => ircClient(server.port, 'alice', { channels: ['#ops'] })
  const joined = (client: IrcClient, after = 0) => client.waitFor(/:bot!\S+ JOIN/, after)

  it(`is neither lost nor answered twice over ${kills} kill -9 of the bot`, async () => {
    const client = await alice()
    let count = 0
    for (let kill = 0; kill < kills; kill++) {
      // Somebody new each time: the server delays lines by a person who sends many, until no bot is there to receive them.
      const speaker = await ircClient(server.port, `bob${kill}`, { channels: ['#ops'] })
      const from = client.lines.length
      const bot = await bots.start()
      await joined(client, from)
      for (let typed = 0; typed < 3; typed++) {
        speaker.send(`PRIVMSG #ops :!note ${++count}`)
        await sleep(Math.random() * 60)
      }
      await bot.kill()
      speaker.close()
    }
    const from = client.lines.length
    const last = await bots.start()
    await joined(client, from)
    client.send('PRIVMSG #ops :!note last')
    const told = () => client.heard('bot', '#ops')
    // After a few lines, the bot sends one per second, and up to three per kill are waiting.
    await expect.poll(told, { timeout: 60_000 + kills * 5_000 }).toContain('noted last')
    const ran = (await bots.ran()).filter((one) => one !== 'last')
    expect(ran.length).toBeGreaterThan(0)
    expect(new Set(ran).size).toBe(ran.length)
    const ids = await bots.ids()
    const isAnswered = (one: string) => told().includes(`noted ${one}`)
    const isDoubted = (one: string) => told().some((line) => isDoubt(line, one, ids.get(one)))
    const lost = () => ran.filter((one) => !isAnswered(one) && !isDoubted(one))
    await expect.poll(lost, { timeout: 120_000 }).toEqual([])
    const answers = told().filter((line) => /^noted \d+$/.test(line))
    expect(new Set(answers).size).toBe(answers.length)
    console.log(
      `kill -9 of the bot × ${kills}: ${count} typed, ${ran.length} run, ${answers.length} answered, ${ran.filter(isDoubted).length} told of doubt, ${lost().length} lost, ${ran.length - new Set(ran).size} twice`,
    )
    expect(await last.stop()).toBe(0)
  })

  it(`is answered once, if late, over ${kills} kill -9 of the server`, async () => {
    const bot = await bots.start()
    let client = await alice()
    await joined(client)
    const told: string[] = []
    let count = 0
    for (let kill = 0; kill < kills; kill++) {
      client.send(`PRIVMSG #ops :!note ${++count} 500`)
      await expect.poll(() => bots.ran()).toContain(String(count))
      await server.kill()
      await server.start()
      told.push(...client.heard('bot', '#ops'))
      client = await alice()
      // The bot pauses for up to 30 s before it connects again, and once more if the server is not up by then.
      await expect.poll(() => client.heard('bot', '#ops'), { timeout: 180_000 }).toContain(`noted ${count}`)
    }
    told.push(...client.heard('bot', '#ops'))
    expect(told).toEqual(Array.from({ length: count }, (_, at) => `noted ${at + 1}`))
    await expect.poll(bot.log).toMatch(/connection lost/)
    console.log(`kill -9 of the server × ${kills}: ${count} typed, ${told.length} answered`)
    await bot.stop()
  })

  it('is answered by one of two processes, and by the other once that is killed', async () => {
    const redis = await startRedis()
    try {
      const env = { STORE_URL: redis.url, SECRET_KEY: 'ab'.repeat(32) }
      const client = await alice()
      const first = await bots.start(env)
      await joined(client)
      const second = await bots.start(env)
      await expect.poll(() => second.log()).toMatch(/another process holds the connection/)
      client.send('PRIVMSG #ops :!note 1')
      await client.waitFor('noted 1')
      // Until the server has confirmed the answer, a kill leaves the bot in doubt about it, and it says so.
      await expect.poll(first.log).toMatch(/"msg":"ended"/)
      const from = client.lines.length
      const began = performance.now()
      await first.kill()
      await joined(client, from)
      console.log(`taken over after ${Math.round(performance.now() - began)} ms`)
      client.send('PRIVMSG #ops :!note 2')
      await client.waitFor('noted 2')
      expect(client.lines.filter((line) => /:bot\S+!\S+ JOIN/.test(line))).toEqual([])
      expect(client.heard('bot', '#ops')).toEqual(['noted 1', 'noted 2'])
      expect(await bots.ran()).toEqual(['1', '2'])
      await second.stop()
    } finally {
      await redis.stop()
    }
  })
})
