import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEjabberd } from '../../fixtures/ejabberd.js'
import { isDoubt, type NotingProcesses, notingProcesses } from '../../fixtures/noting-processes.js'
import { startProsody } from '../../fixtures/prosody.js'
import { enterXmpp, type XmppPerson } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

const kills = Number(process.env['XMPP_KILLS'] ?? 2)

describe.each([
  ['prosody', startProsody],
  ['ejabberd', () => startEjabberd({ config: '  mod_offline: {}' })],
] as const)('a command on %s', { timeout: 300_000 + kills * 120_000 }, (_, startServer) => {
  let server: XmppServer
  let bots: NotingProcesses
  let ops: string
  const people: XmppPerson[] = []
  beforeEach(async () => {
    server = await startServer()
    ops = `ops@${server.rooms}`
    bots = await notingProcesses({
      XMPP_JID: `bot@${server.domain}`,
      XMPP_PASSWORD: accounts.bot,
      XMPP_SERVICE: server.service,
      XMPP_ROOMS: ops,
    })
  })
  afterEach(async () => {
    for (const person of people.splice(0)) person.close()
    await bots.close()
    await server.stop()
  })

  async function enter(): Promise<XmppPerson> {
    const ann = await enterXmpp(server, 'ann', accounts.ann)
    people.push(ann)
    await ann.join(ops, 'ann')
    // If the bot is not there yet, she owns the room, and it is locked until she configures it.
    await ann.ask(
      'set',
      ops,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`,
    )
    return ann
  }

  /** The bot's messages in the room, each once, because joining repeats the room's history. */
  function heard(): readonly string[] {
    const spoken = people.flatMap(({ stanzas }) =>
      stanzas.filter(({ nick, type, body }) => nick === 'bot' && type === 'groupchat' && body !== undefined),
    )
    return [...new Map(spoken.map(({ id, body = '' }) => [id, body])).values()]
  }

  const isReady = async (bot: { log(): string }) =>
    await expect.poll(() => bot.log(), { timeout: 60_000 }).toMatch(/in the room/)

  it(`is neither lost nor run twice over ${kills} kill -9 of the bot`, async () => {
    const first = await bots.start()
    await isReady(first)
    const ann = await enter()
    ann.say(ops, '!note 1')
    await ann.hears(({ body }) => body === 'noted 1')
    await first.kill()
    let count = 1
    for (let kill = 0; kill < kills; kill++) {
      ann.say(ops, `!note ${++count}`) // while nobody listens
      const bot = await bots.start()
      await isReady(bot)
      for (let typed = 0; typed < 3; typed++) {
        ann.say(ops, `!note ${++count}`)
        await sleep(Math.random() * 60)
      }
      await bot.kill()
    }
    const last = await bots.start()
    await isReady(last)
    const all = Array.from({ length: count }, (_, at) => String(at + 1))
    const isAnswered = (one: string) => heard().includes(`noted ${one}`)
    const ids = await bots.ids()
    const isDoubted = (one: string) => heard().some((line) => isDoubt(line, one, ids.get(one)))
    const lost = () => all.filter((one) => !isAnswered(one) && !isDoubted(one))
    await expect.poll(lost, { timeout: 120_000 }).toEqual([])
    const ran = await bots.ran()
    const answers = heard().filter((line) => /^noted \d+$/.test(line))
    console.log(
      `kill -9 of the bot × ${kills}: ${count} typed, ${ran.length} run, ${answers.length} answered, ${all.filter(isDoubted).length} told of doubt, ${lost().length} lost, ${ran.length - new Set(ran).size} twice`,
    )
    expect(new Set(ran).size).toBe(ran.length)
    expect(new Set(answers).size).toBe(answers.length)
    expect(await last.stop()).toBe(0)
  })

  it(`in private is neither lost nor run twice over ${kills} kill -9 of the bot`, async () => {
    const first = await bots.start()
    await isReady(first)
    const ann = await enter()
    let count = 0
    const tell = () => ann.tell(count % 2 ? `bot@${server.domain}` : `${ops}/bot`, `!note ${++count}`)
    const told = () =>
      ann.stanzas.flatMap(({ from, type, body = '' }) => (/^bot@|\/bot$/.test(from) && type === 'chat' ? [body] : []))
    tell()
    await expect.poll(told).toContain('noted 1')
    await first.kill()
    for (let kill = 0; kill < kills; kill++) {
      for (let typed = 0; typed < 2; typed++) tell() // while nobody listens
      const bot = await bots.start()
      await isReady(bot)
      for (let typed = 0; typed < 4; typed++) {
        tell()
        await sleep(Math.random() * 60)
      }
      await bot.kill()
    }
    const last = await bots.start()
    await isReady(last)
    const all = Array.from({ length: count }, (_, at) => String(at + 1))
    const ids = await bots.ids()
    const isDoubted = (one: string) => told().some((line) => isDoubt(line, one, ids.get(one)))
    const lost = () => all.filter((one) => !told().includes(`noted ${one}`) && !isDoubted(one))
    await expect.poll(lost, { timeout: 120_000 }).toEqual([])
    const ran = await bots.ran()
    const answers = told().filter((line) => /^noted \d+$/.test(line))
    console.log(
      `${server.name}, to the bot alone, kill -9 of the bot × ${kills}: ${count} typed, ${ran.length} run, ${new Set(answers).size} answered, ${all.filter(isDoubted).length} told of doubt, ${lost().length} lost, ${ran.length - new Set(ran).size} run twice, ${answers.length - new Set(answers).size} answered twice`,
    )
    expect(new Set(ran).size).toBe(ran.length)
    expect(await last.stop()).toBe(0)
  })

  it(`is answered once, if late, over ${kills} kill -9 of the server`, async () => {
    const bot = await bots.start()
    await isReady(bot)
    let ann = await enter()
    let count = 0
    for (let kill = 0; kill < kills; kill++) {
      ann.say(ops, `!note ${++count} 500`)
      await expect.poll(() => bots.ran()).toContain(String(count))
      await server.kill()
      await server.restart()
      ann = await enter()
      // The bot pauses for up to 30 s before it connects again, and once more if the server is not up by then.
      await expect.poll(() => heard(), { timeout: 180_000 }).toContain(`noted ${count}`)
    }
    const ran = await bots.ran()
    console.log(
      `kill -9 of the server × ${kills}: ${count} typed, ${ran.length} run, ${new Set(heard()).size} answered, ${count - new Set(ran).size} lost, ${ran.length - new Set(ran).size + heard().length - new Set(heard()).size} twice`,
    )
    expect(ran).toHaveLength(count)
    expect(heard()).toEqual(Array.from({ length: count }, (_, at) => `noted ${at + 1}`))
    await expect.poll(bot.log).toMatch(/connection lost/)
    expect(await bot.stop()).toBe(0)
  })
})
