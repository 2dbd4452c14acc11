import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEjabberd } from '../../fixtures/ejabberd.js'
import { startProsody } from '../../fixtures/prosody.js'
import { startXmppBot } from '../../fixtures/xmpp-bot.js'
import { enterXmpp, type XmppPerson } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

describe.each([
  ['prosody', startProsody],
  ['ejabberd', startEjabberd],
] as const)('ten running commands on %s', (_, start) => {
  let server: XmppServer
  let ops: string
  let dir: string
  const closing: (() => unknown)[] = []
  beforeEach(async () => {
    server = await start()
    ops = `ops@${server.rooms}`
    dir = await mkdtemp(join(tmpdir(), 'slashroom-xmpp-'))
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  async function startBot() {
    const bot = await startXmppBot(server, { storeUrl: `file:${dir}` })
    closing.push(() => bot.stop())
    await bot.ready()
    return bot
  }

  async function enter(account: keyof typeof accounts): Promise<XmppPerson> {
    const person = await enterXmpp(server, account, accounts[account])
    closing.push(() => person.close())
    await person.join(ops, account)
    return person
  }

  /** The bot's messages, each once, because joining repeats the room's history. */
  function shipped(...people: readonly XmppPerson[]): number {
    const said = people.flatMap(({ stanzas }) =>
      stanzas.filter(({ nick, type, body = '' }) => nick === 'bot' && type === 'groupchat' && /shipped$/.test(body)),
    )
    return new Set(said.map(({ id }) => id)).size
  }

  async function shipTen(): Promise<readonly [XmppPerson, XmppPerson]> {
    const [ann, bob] = [await enter('ann'), await enter('bob')]
    for (let n = 0; n < 5; n++) for (const one of [ann, bob]) one.say(ops, `/ship ${2_000 + n}`)
    await expect.poll(() => ann.stanzas.filter(({ body }) => body === 'shipping').length).toBe(10)
    return [ann, bob]
  }

  it('are answered once each when the server restarts', async () => {
    const bot = await startBot()
    const before = await shipTen()
    await server.kill()
    await server.restart()
    await bot.ready() // whoever comes first owns the room
    const again = await enter('ann')
    await expect.poll(() => shipped(...before, again)).toBe(10)
    again.say(ops, '/echo after')
    await again.hears(({ body }) => body === 'after')
    expect(shipped(...before, again)).toBe(10)
  })

  it('are answered once each in a room that replaced a destroyed one', async () => {
    const eve = await enter('eve')
    await eve.ask(
      'set',
      ops,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`,
    )
    const bot = await startBot()
    const before = await shipTen()
    await eve.ask('set', ops, `<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>`)
    await expect.poll(() => bot.log.filter((line) => line.includes('the room was destroyed')).length).toBe(1)
    await expect.poll(() => bot.log.filter((line) => line === 'info in the room').length).toBe(2)
    const again = await enter('ann')
    await expect.poll(() => shipped(...before, again)).toBe(10)
  })

  it('are answered once each after the bot was banned and let in again', async () => {
    const eve = await enter('eve')
    await eve.ask(
      'set',
      ops,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`,
    )
    const bot = await startBot()
    const before = await shipTen()
    const affiliate = (affiliation: string) =>
      eve.ask(
        'set',
        ops,
        `<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='${affiliation}' jid='bot@${server.domain}'/></query>`,
      )
    await affiliate('outcast')
    await expect.poll(() => bot.log.filter((line) => line.includes('the bot was banned')).length).toBe(1)
    await affiliate('none')
    await expect.poll(() => bot.log.filter((line) => line === 'info in the room').length).toBe(2)
    // On ejabberd, somebody who was banned and then reset to no affiliation has no voice.
    await affiliate('member')
    await expect.poll(() => shipped(...before)).toBe(10)
  })
})
