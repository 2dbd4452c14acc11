import { createServer } from 'node:http'
import { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { answerEarlyErrors } from '../../src/server/early-errors.js'

it('a client that asks for a tunnel and is gone before the answer causes no uncaught error', async () => {
  const server = createServer()
  answerEarlyErrors(server)
  const gone = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  const closed = new Promise((resolve) => gone.on('close', resolve))
  server.emit('connect', {}, gone, Buffer.alloc(0)) // Node.js has removed its own listeners by then
  await closed
  expect(gone.destroyed).toBe(true)
})
