import { expect, it, onTestFinished } from 'vitest'
import { UnavailableError } from '../../../src/model/errors.js'
import { silentLogger } from '../../../src/model/logger.js'
import type { Accept, Verified } from '../../../src/platforms/platform.js'
import { createConnection } from '../../../src/platforms/xmpp/connect.js'
import { readSettings } from '../../../src/platforms/xmpp/settings.js'
import type { Payload } from '../../../src/platforms/xmpp/wire.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { startProsody } from '../../fixtures/prosody.js'
import { enterXmpp } from '../../fixtures/xmpp-person.js'
import { accounts } from '../../fixtures/xmpp-server.js'

it('what came when the connection was being left stays with the server, for whoever comes next', async () => {
  const server = await startProsody({
    config: 'modules_enabled = { "roster", "saslauth", "disco", "ping", "smacks", "offline" }',
  })
  onTestFinished(server.stop)
  const settings = readSettings({
    XMPP_JID: `bot@${server.domain}`,
    XMPP_PASSWORD: accounts.bot,
    XMPP_SERVICE: server.service,
  })
  if (!settings) throw new Error('XMPP is off')
  const store = createMemoryStore()
  const encryptor = createEncryptor({ key: Buffer.alloc(32, 1) })
  const connection = createConnection({ settings, store, encryptor, log: silentLogger })
  const ann = await enterXmpp(server, 'ann', accounts.ann)
  onTestFinished(ann.close)

  const leaving = new AbortController()
  const asked: string[] = []
  const refusing: Accept = async (verified) => {
    asked.push(textOf(verified))
    leaving.abort()
    throw new UnavailableError('The connection is being left.', 2)
  }
  await connection.connect(refusing, leaving.signal, () => ann.tell(`bot@${server.domain}`, '/echo kept by the server'))
  expect(asked).toEqual(['/echo kept by the server'])

  const done = new AbortController()
  const taken: string[] = []
  const taking: Accept = async (verified) => {
    taken.push(textOf(verified))
    done.abort()
    return { status: 200 }
  }
  await connection.connect(taking, done.signal, () => ann.tell(`bot@${server.domain}`, '/echo after'))
  expect(taken).toEqual(['/echo kept by the server'])
})

function textOf({ payload }: Verified): string {
  return (payload as Payload).body
}
