import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createXmpp } from '../../../src/platforms/xmpp/index.js'
import { connectionContract, createPlatformDeps } from '../../../src/testing/platform-contract.js'
import { startProsody } from '../../fixtures/prosody.js'
import { layWire } from '../../fixtures/wire.js'
import { enterXmpp } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

describe('XMPP, on prosody', () => {
  let server: XmppServer
  let rooms = 0
  beforeAll(async () => {
    server = await startProsody()
  })
  afterAll(() => server.stop())

  connectionContract({ describe, it }, async () => {
    const room = `room${++rooms}@${server.rooms}`
    const wire = await layWire(server.port)
    const ann = await enterXmpp(server, 'ann', accounts.ann)
    await ann.join(room, 'ann')
    const form = `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`
    await ann.ask('set', room, form)
    const deps = createPlatformDeps()
    const wrongPassword = 'not-the-secret'
    const start = (password: string = accounts.bot, port = wire.port) => {
      const env = {
        XMPP_JID: `bot@${server.domain}`,
        XMPP_PASSWORD: password,
        XMPP_SERVICE: `xmpp://127.0.0.1:${port}`,
        XMPP_ROOMS: room,
        XMPP_NICK: 'bot',
      }
      return createXmpp({ soon: 100, later: 300, slowly: 1_000 })(env, deps) ?? expect.fail()
    }
    const isIn = () => {
      const own = ann.stanzas.filter(
        ({ name, nick, type }) => name === 'presence' && /^bot/.test(nick) && type !== 'error',
      )
      return own.length > 0 && own.at(-1)?.type !== 'unavailable'
    }
    const cut = () => {
      wire.cut()
      wire.mend()
    }
    return {
      start,
      say: (text, message) => void ann.say(room, text, message?.replaceAll(' ', '-').padEnd(12, '-')),
      babble() {
        ann.say(room, 'only talk')
        ann.send(`<message to='${room}' type='groupchat' id='no-body-at-all'/>`)
        ann.send(
          `<message to='${room}' type='groupchat' id='it-is-corrected'><body>/no</body><replace xmlns='urn:xmpp:message-correct:0' id='before'/></message>`,
        )
      },
      open: () => (isIn() ? 1 : 0),
      cut,
      refusals: [
        { why: 'a wrong password', slow: true, secret: wrongPassword, start: () => start(wrongPassword) },
        { why: 'a server that is down', slow: false, start: () => start(accounts.bot, 1) },
      ],
      async takeName() {
        const bob = await enterXmpp(server, 'bob', accounts.bob)
        await bob.join(room, 'bot')
      },
      shown: () => ann.said().flatMap((line) => (line.startsWith('bot: ') ? [line.slice(5)] : [])),
      async close() {
        ann.close()
        await wire.close()
        await deps.close()
      },
    }
  })
})
