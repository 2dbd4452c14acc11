import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { UnavailableError } from '../../../src/model/errors.js'
import { silentLogger } from '../../../src/model/logger.js'
import type { Accept, Verified } from '../../../src/platforms/platform.js'
import { createConnection } from '../../../src/platforms/xmpp/connect.js'
import { createGate } from '../../../src/platforms/xmpp/connection/gate.js'
import { readSettings } from '../../../src/platforms/xmpp/settings.js'
import type { Payload } from '../../../src/platforms/xmpp/wire.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import type { Store } from '../../../src/stores/store.js'
import { startProsody } from '../../fixtures/prosody.js'
import { layWire } from '../../fixtures/wire.js'
import { enterXmpp } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

it('what arrives while the bot disconnects stays on the server for its successor', async () => {
  const server = await startProsody({
    config: 'modules_enabled = { "roster", "saslauth", "disco", "ping", "smacks", "offline" }',
  })
  onTestFinished(server.stop)
  const { connect } = startConnection(server, createMemoryStore())
  const ann = await enter(server, 'ann')

  const leaving = new AbortController()
  const asked: string[] = []
  const refusing: Accept = async (verified) => {
    asked.push(textOf(verified))
    leaving.abort()
    throw new UnavailableError('The connection is being left.', 2)
  }
  await connect(refusing, leaving.signal, () => ann.tell(`bot@${server.domain}`, '/echo kept by the server'))
  expect(asked).toEqual(['/echo kept by the server'])

  const done = new AbortController()
  const taken: string[] = []
  const taking: Accept = async (verified) => {
    taken.push(textOf(verified))
    return { status: 200 }
  }
  const held = connect(taking, done.signal, () => undefined)
  await expect.poll(() => taken).toEqual(['/echo kept by the server'])
  done.abort()
  await held
})

it('a private message to a bot that died runs for a sender who stayed, and not for whoever took the nick', async () => {
  const server = await startProsody()
  onTestFinished(server.stop)
  const wire = await layWire(server.port)
  onTestFinished(wire.close)
  const ops = `ops@${server.rooms}`
  const store = createMemoryStore()
  const start = () => startConnection({ ...server, service: `xmpp://127.0.0.1:${wire.port}` }, store, ops)
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())

  const stands = createGate()
  const lost = start().connect(async () => ({ status: 200 }), leaving.signal, stands.open)
  await stands.opened
  const [ann, bob, eve] = await Promise.all([enter(server, 'ann'), enter(server, 'bob'), enter(server, 'eve')])
  await ann.join(ops, 'ann')
  await eve.join(ops, 'zoe')
  ann.say(ops, 'all of whom the bot has seen')
  await eve.hears(({ body }) => body === 'all of whom the bot has seen')
  wire.cut()
  await expect(lost).rejects.toThrow()
  ann.tell(`${ops}/bot`, '/echo by ann')
  eve.tell(`${ops}/bot`, '/echo by eve')
  eve.leave(ops, 'zoe')
  await eve.hears(({ name, type, nick }) => name === 'presence' && type === 'unavailable' && nick === 'zoe')
  await bob.join(ops, 'zoe')
  wire.mend()

  const taken: string[] = []
  const taking: Accept = async (verified) => {
    const { occupant } = verified.payload as Payload
    taken.push(`${occupant?.nick}: ${textOf(verified)}`)
    return { status: 200 }
  }
  start()
    .connect(taking, leaving.signal, () => undefined)
    .catch(() => undefined)
  await bob.hears(({ body = '' }) => body.startsWith('the bot was away when you sent that'))
  bob.tell(`${ops}/bot`, '/echo by bob')
  await expect.poll(() => taken).toContain('zoe: /echo by bob')
  expect(taken).toEqual(['ann: /echo by ann', 'zoe: /echo by bob'])
})

it('a command that could not be stored before the connection was lost comes again with the next one', async () => {
  const server = await startProsody()
  onTestFinished(server.stop)
  const wire = await layWire(server.port)
  onTestFinished(wire.close)
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const { connect } = startConnection({ ...server, service: `xmpp://127.0.0.1:${wire.port}` }, createMemoryStore())
  const ann = await enter(server, 'ann')

  let refuse = (_: Error) => {}
  const stuck: Accept = async () =>
    await new Promise((_, reject) => {
      wire.cut()
      refuse = reject
    })
  const lost = connect(stuck, leaving.signal, () => ann.tell(`bot@${server.domain}`, '/echo kept by the server'))
  await expect(lost).rejects.toThrow()
  refuse(new UnavailableError('The store does not answer.', 2))
  await setImmediate()
  wire.mend()

  const taken: string[] = []
  const taking: Accept = async (verified) => {
    taken.push(textOf(verified))
    return { status: 200 }
  }
  const held = connect(taking, leaving.signal, () => undefined)
  await Promise.race([held, expect.poll(() => taken).toEqual(['/echo kept by the server'])])
})

it('a process whose lease is lost does not enter a room again that its bot was removed from', async () => {
  const server = await startProsody()
  onTestFinished(server.stop)
  const ops = `ops@${server.rooms}`
  const ann = await enter(server, 'ann')
  await ann.join(ops, 'ann')
  const owner = (form: string) => ann.ask('set', ops, `<query xmlns='http://jabber.org/protocol/muc#${form}</query>`)
  await owner(`owner'><x xmlns='jabber:x:data' type='submit'/>`)
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const { connect } = startConnection(server, createMemoryStore(), ops)
  let asked = 0
  let hasLease = true
  const isHeld = () => {
    asked++
    return hasLease
  }
  const stands = createGate()
  void connect(async () => ({ status: 200 }), leaving.signal, stands.open, isHeld).catch(() => undefined)
  await stands.opened
  const comings = () =>
    ann.stanzas.filter(({ name, nick, type }) => name === 'presence' && nick === 'bot' && !type).length

  const kick = () => owner(`admin'><item nick='bot' role='none'/>`)
  await kick()
  await expect.poll(comings).toBe(2) // as long as it has the lease

  hasLease = false
  asked = 0
  await kick()
  await expect.poll(() => asked > 0 || comings() > 2).toBe(true)
  await sleep(300) // longer than the server takes to let somebody in
  expect(comings()).toBe(2)
})

/** The connection of a process; a second one with the same store stands for another process. */
function startConnection(server: XmppServer, store: Store, rooms = '') {
  const settings = readSettings({
    XMPP_JID: `bot@${server.domain}`,
    XMPP_PASSWORD: accounts.bot,
    XMPP_SERVICE: server.service,
    XMPP_ROOMS: rooms,
  })
  if (!settings) throw new Error('XMPP is off')
  return createConnection({
    settings,
    store,
    encryptor: createEncryptor({ key: Buffer.alloc(32, 1) }),
    log: silentLogger,
    pauses: { soon: 100, later: 300, slowly: 1_000 },
  })
}

async function enter(server: XmppServer, account: keyof typeof accounts) {
  const person = await enterXmpp(server, account, accounts[account])
  onTestFinished(person.close)
  return person
}

function textOf({ payload }: Verified): string {
  return (payload as Payload).body
}
