import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCertificates } from '../../../src/simulator/tls/certificates.js'
import { startEjabberd } from '../../fixtures/ejabberd.js'
import { startProsody } from '../../fixtures/prosody.js'
import { startXmppBot, type XmppBot } from '../../fixtures/xmpp-bot.js'
import { enterXmpp, type XmppPerson } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function startBot(server: XmppServer, env: Readonly<Record<string, string>> = {}): Promise<XmppBot> {
  const bot = await startXmppBot(server, { env })
  closing.push(() => bot.stop())
  return bot
}

const logged = (bot: XmppBot, line: RegExp) =>
  expect.poll(() => bot.log.filter((one) => line.test(one))).toHaveLength(1)

describe.each([
  ['prosody', startProsody],
  ['ejabberd', startEjabberd],
] as const)('a room on %s that refuses the bot', (name, start) => {
  let server: XmppServer
  let ops: string
  let owner: XmppPerson
  let count = 0
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.stop())

  /** Creates a room that ann owns, with these settings. */
  async function makeRoom(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    ops = `room${++count}@${server.rooms}`
    owner = await enterXmpp(server, 'ann', accounts.ann)
    closing.push(() => owner.close())
    await owner.join(ops, 'ann')
    await configure(settings)
  }

  async function configure(settings: Readonly<Record<string, string>>): Promise<void> {
    const fields = Object.entries({ FORM_TYPE: 'http://jabber.org/protocol/muc#roomconfig', ...settings })
    const form = fields.map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`).join('')
    const { type } = await owner.ask(
      'set',
      ops,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>${form}</x></query>`,
    )
    expect(type).toBe('result')
  }

  const admin = (item: string) =>
    owner.ask('set', ops, `<query xmlns='http://jabber.org/protocol/muc#admin'>${item}</query>`)

  async function answers(): Promise<void> {
    const word = `here ${Math.random()}`
    await expect
      .poll(
        () => {
          owner.say(ops, `/echo ${word}`)
          return owner.said().some((line) => line.endsWith(`: ${word}`))
        },
        { interval: 300 },
      )
      .toBe(true)
  }

  it('is entered again after a kick, which is logged', async () => {
    await makeRoom()
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await bot.ready()
    await admin(`<item nick='bot' role='none'/>`)
    await logged(bot, /^warn not in the room: the bot was kicked/)
    await answers()
  })

  it('is tried again slowly after a ban, until the ban is lifted', async () => {
    await makeRoom()
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await bot.ready()
    await admin(`<item jid='bot@${server.domain}' affiliation='outcast'/>`)
    await logged(bot, /^warn not in the room: the bot was banned/)
    await logged(bot, /^warn not in the room: the bot is banned/)
    // On ejabberd, somebody who was banned and then reset to no affiliation has no voice.
    await admin(`<item jid='bot@${server.domain}' affiliation='member'/>`)
    await answers()
  })

  it('can require a password, which the settings can have', async () => {
    await makeRoom({ 'muc#roomconfig_passwordprotectedroom': '1', 'muc#roomconfig_roomsecret': 'let me in' })
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await logged(bot, /^warn not in the room: it requires a password/)
    expect((await fetch(`${bot.url}/readyz`)).status).toBe(503)
    expect(await (await fetch(`${bot.url}/readyz`)).json()).toMatchObject({ detail: 'Not connected: xmpp.' })
    await bot.stop()
    const knowing = await startBot(server, { XMPP_ROOMS: `${ops} let me in` })
    await knowing.ready()
    await answers()
    expect(knowing.log.join('\n')).not.toContain('let me in')
  })

  it('can be for members only', async () => {
    await makeRoom({ 'muc#roomconfig_membersonly': '1' })
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await logged(bot, /^warn not in the room: it is for members only/)
    await admin(`<item jid='bot@${server.domain}' affiliation='member'/>`)
    await answers()
  })

  // ejabberd lets everybody in immediately.
  const itLocks = name === 'prosody' ? it : () => undefined
  itLocks('can be locked until its owner has configured it', async () => {
    ops = `locked${++count}@${server.rooms}`
    owner = await enterXmpp(server, 'ann', accounts.ann)
    closing.push(() => owner.close())
    await owner.join(ops, 'ann')
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await logged(bot, /^warn not in the room: there is no such room, or it is locked/)
    await configure({})
    await answers()
  })

  it('can be destroyed, and is created again by the bot', async () => {
    await makeRoom()
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await bot.ready()
    await owner.ask('set', ops, `<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>`)
    await logged(bot, /^warn not in the room: the room was destroyed/)
    await expect.poll(() => bot.log.filter((line) => line === 'info in the room')).toHaveLength(2)
    await owner.join(ops, 'ann')
    await answers()
  })

  it('can have somebody with the bot’s nick: the bot uses another', async () => {
    await makeRoom()
    const eve = await enterXmpp(server, 'eve', accounts.eve)
    closing.push(() => eve.close())
    await eve.join(ops, 'bot')
    const bot = await startBot(server, { XMPP_ROOMS: ops })
    await logged(bot, /^warn the nick is already taken/)
    await bot.ready()
    owner.say(ops, 'bot_: echo under another')
    await owner.hears(({ nick, body }) => nick === 'bot_' && body === 'under another')
    eve.say(ops, '/who')
    await owner.hears(({ nick, body }) => nick === 'bot_' && /^eve@|^(occupant|stay):/.test(body ?? ''))
  })

  it('is not reached with a wrong password, which is reported once and retried slowly', async () => {
    const bot = await startBot(server, { XMPP_PASSWORD: 'a wrong one' })
    await logged(
      bot,
      /^warn not connected: chat\.example refuses XMPP_PASSWORD of bot@chat\.example \(not-authorized\)/,
    )
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(bot.log.filter((line) => /not connected/.test(line))).toHaveLength(1)
    expect(bot.log.join('\n')).not.toContain('a wrong one')
  })
})

describe('a certificate', () => {
  let server: XmppServer
  let dir: string
  let fingerprint: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-xmpp-tls-'))
    const { cert, key } = createCertificates(['chat.example'])
    const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
    await writeFile(files.cert, cert)
    await writeFile(files.key, key)
    fingerprint = new X509Certificate(cert).fingerprint256
    server = await startProsody({ tls: files })
  })
  afterAll(async () => {
    await server?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('without a known authority is refused and shown in the log, before anything is sent', async () => {
    const bot = await startBot(server)
    await logged(bot, /^warn not connected: the certificate for chat\.example is refused/)
    expect(bot.log.join('\n')).toContain(`XMPP_TLS_FINGERPRINT=${fingerprint.replaceAll(':', '').toLowerCase()}`)
    expect(server.log()).not.toMatch(/Authenticated as/)
  })

  it('is trusted if it is pinned, and no other is', async () => {
    const bot = await startBot(server, { XMPP_TLS_FINGERPRINT: fingerprint })
    await bot.ready()
    const wary = await startBot(server, { XMPP_TLS_FINGERPRINT: '00'.repeat(32) })
    await logged(wary, /^warn not connected: the server's certificate does not match XMPP_TLS_FINGERPRINT/)
  })
})
