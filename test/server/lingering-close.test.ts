import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { closeWithAnswer } from '../../src/server/lingering-close.js'

it.each([
  ['arrives', 60_000, 'HTTP/1.1 401'],
  ['is lost where the connection is closed meanwhile', 0, ''],
])('an answer that a sender reads only when it has written all %s', async (_, lingerMs, read) => {
  const server = createServer((request, response) => {
    closeWithAnswer(request, response, lingerMs)
    response.writeHead(401).end('no token')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const answers = await Promise.all(Array.from({ length: 10 }, () => sendFirst((server.address() as AddressInfo).port)))
  expect(answers.map((answer) => answer.slice(0, 12))).toEqual(answers.map(() => read))
})

/** Sends a long request but for its last byte, then reads until the connection is closed. */
function sendFirst(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1').pause()
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', () => undefined).on('close', () => resolve(answer))
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n')
    socket.write(Buffer.alloc(19_999_999, 'x'), () => socket.resume())
  })
}
