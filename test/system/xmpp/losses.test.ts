import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEjabberd } from '../../fixtures/ejabberd.js'
import { startProsody } from '../../fixtures/prosody.js'
import { layWire, type Wire } from '../../fixtures/wire.js'
import { startXmppBot, type XmppBot } from '../../fixtures/xmpp-bot.js'
import { enterXmpp, type XmppPerson } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

describe.each([
  ['prosody', startProsody],
  ['ejabberd', startEjabberd],
] as const)('on %s, when connections are lost', (_, start) => {
  let server: XmppServer
  let wire: Wire
  let ops: string
  let dir: string
  const closing: (() => unknown)[] = []
  beforeEach(async () => {
    server = await start()
    wire = await layWire(server.port)
    ops = `ops@${server.rooms}`
    dir = await mkdtemp(join(tmpdir(), 'slashroom-xmpp-'))
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    await wire.close()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  async function startBot(): Promise<XmppBot> {
    const bot = await startXmppBot(server, {
      storeUrl: `file:${dir}`,
      env: { XMPP_SERVICE: `xmpp://127.0.0.1:${wire.port}` },
    })
    closing.push(() => bot.stop())
    return bot
  }

  async function enter(account: keyof typeof accounts): Promise<XmppPerson> {
    const person = await enterXmpp(server, account, accounts[account])
    closing.push(() => person.close())
    await person.join(ops, account)
    return person
  }

  const answersTo = (person: XmppPerson, text: string | RegExp) =>
    person.stanzas.filter(
      ({ nick, body, type }) =>
        nick === 'bot' &&
        type === 'groupchat' &&
        body !== undefined &&
        (typeof text === 'string' ? body === text : text.test(body)),
    ).length

  it('a short loss neither loses nor repeats commands or answers', async () => {
    const bot = await startBot()
    await bot.ready()
    const ann = await enter('ann')
    ann.say(ops, '/ship 1500')
    await ann.hears(({ body }) => body === 'shipping')
    wire.cut()
    ann.say(ops, '/echo said while the line was down')
    await sleep(1_000)
    wire.mend()
    await expect.poll(() => answersTo(ann, 'said while the line was down')).toBe(1)
    await expect.poll(() => answersTo(ann, /shipped$/)).toBe(1)
    ann.say(ops, '/echo after')
    await expect.poll(() => answersTo(ann, 'after')).toBe(1)
    expect([
      answersTo(ann, 'said while the line was down'),
      answersTo(ann, 'shipping'),
      answersTo(ann, /shipped$/),
    ]).toEqual([1, 1, 1])
  })

  it('the bot reconnects to a server that was killed during a command, and the answer arrives', async () => {
    const bot = await startBot()
    await bot.ready()
    const ann = await enter('ann')
    ann.say(ops, '/ship 2000')
    await ann.hears(({ body }) => body === 'shipping')
    await server.kill()
    await expect
      .poll(() => bot.log.filter((line) => /^warn (connection lost|not connected)/.test(line)).length)
      .toBeGreaterThan(0)
    expect(await (await fetch(`${bot.url}/readyz`)).json()).toMatchObject({ detail: 'Not connected: xmpp.' })
    await server.restart()
    await bot.ready()
    const again = await enter('ann')
    again.say(ops, '/echo back')
    await expect.poll(() => answersTo(again, 'back')).toBe(1)
    await expect.poll(() => answersTo(again, /shipped$/)).toBe(1)
  })

  it('a room’s history does not run again, and what was missed in a short absence runs once', async () => {
    const ann = await enter('ann')
    await ann.ask(
      'set',
      ops,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`,
    )
    ann.say(ops, '/echo said before there was a bot')
    await sleep(2_500) // some servers count in whole seconds
    const first = await startBot()
    await first.ready()
    ann.say(ops, '/echo heard')
    await expect.poll(() => answersTo(ann, 'heard')).toBe(1)
    await first.stop()
    expect(first.log.filter((line) => line.startsWith('warn'))).toEqual([]) // the bot’s own departure is not a warning
    ann.say(ops, '/echo missed')
    ann.send(
      `<message to='${ops}' type='groupchat' id='1'><body>/echo missed under an id that may come again</body></message>`,
    )
    const eve = await enter('eve')
    eve.send(`<presence to='${ops}/zoe'/>`)
    eve.say(ops, '/who')
    eve.leave(ops, 'zoe')
    await eve.hears(({ type, nick, name }) => name === 'presence' && type === 'unavailable' && nick === 'zoe')
    const zoe = await enterXmpp(server, 'bob', accounts.bob)
    closing.push(() => zoe.close())
    await zoe.join(ops, 'zoe')
    const second = await startBot()
    await second.ready()
    await expect.poll(() => answersTo(ann, 'missed')).toBe(1)
    await expect.poll(() => answersTo(ann, /as zoe/)).toBe(1)
    zoe.say(ops, '/who')
    await expect.poll(() => answersTo(ann, /as zoe/)).toBe(2)
    const [whoAsked, whoIsThere] = ann.said().filter((line) => / as zoe/.test(line))
    expect(whoAsked).not.toBe(whoIsThere) // whoever has the nick now is not the sender
    ann.say(ops, '/echo last')
    await expect.poll(() => answersTo(ann, 'last')).toBe(1)
    expect(
      ['said before there was a bot', 'heard', 'missed', 'missed under an id that may come again'].map((text) =>
        answersTo(ann, text),
      ),
    ).toEqual([0, 1, 1, 0])
  })

  it('what the server held for a killed bot runs at most once, and nothing that is old', async () => {
    const bot = await startBot()
    await bot.ready()
    const ann = await enter('ann')
    const tell = (id: string, text: string, held = '') =>
      ann.send(`<message to='bot@${server.domain}' type='chat' id='${id}'><body>/echo ${text}</body>${held}</message>`)
    const heldSince = (ms: number) =>
      `<delay xmlns='urn:xmpp:delay' from='${server.domain}' stamp='${new Date(Date.now() - ms).toISOString()}'/>`
    tell('1', 'again under an id that may come again', heldSince(60_000))
    tell('a-lasting-id', 'missed a minute ago', heldSince(60_000))
    tell('another-lasting-id', 'said long ago', heldSince(600_000))
    tell('2', 'last')
    const tolds = (text: string) =>
      ann.stanzas.filter(({ from, body }) => from.startsWith('bot@') && body === text).length
    await expect.poll(() => tolds('last')).toBe(1)
    await expect.poll(() => tolds('missed a minute ago')).toBe(1)
    expect(['again under an id that may come again', 'said long ago'].map(tolds)).toEqual([0, 0])
    expect(tolds('the bot was away when you sent that; if you got no answer, send it again.')).toBe(2)
  })
})
