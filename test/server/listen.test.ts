import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { createKoa } from '../../src/server/app.js'
import { type Listening, listen } from '../../src/server/listen.js'

const open: Listening[] = []
afterEach(() => Promise.all(open.splice(0).map((listening) => listening.close(0))))

it.each([
  ['is not HTTP', 'GARBAGE\r\n\r\n', 400],
  ['has two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  ['has no Host header', 'POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', 400],
  ['expects more than a 100', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n', 417],
  ['asks for a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 501],
  ['is HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['has endless headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
])('a request that %s gets problem+json', async (_, sent, status) => {
  const answer = await send(sent)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(answer).toContain('Content-Type: application/problem+json\r\n')
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ type: 'about:blank', status })
})

it.each([
  ['HTTP/1.0 without a Host header', 'GET / HTTP/1.0\r\n\r\n'],
  ['an empty Host header', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
  ['an expected 100', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n'],
])('a request with %s is served', async (_, sent) => {
  expect(await send(sent)).toMatch(/HTTP\/1.1 200 .*taken$/s)
})

it('a sender that is too slow gets a 408', async () => {
  expect(await send('POST / HTTP/1.1\r\nHost: x\r\nContent-Le')).toMatch(/^HTTP\/1.1 408 .*problem\+json/s)
})

/** Sends bytes, and resolves with what comes back until the other side closes. */
async function send(bytes: string): Promise<string> {
  const limits = { headersMs: 2_000, requestMs: 2_000, lookMs: 50 }
  const koa = createKoa((ctx) => {
    ctx.body = 'taken'
  }, silentLogger)
  const listening = await listen(koa.callback(), { port: 0, host: '127.0.0.1', limits })
  open.push(listening)
  const socket = connect(listening.port, '127.0.0.1', () => socket.write(bytes))
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}

describe('connections', () => {
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

  it('are limited: one too many is closed', async () => {
    const { open } = await serve(3, () => {})
    const kept = await Promise.all([open(request), open(request), open(request)])
    const refused = await open('')
    await refused.closed
    expect(kept.map(({ socket }) => socket.closed)).toEqual([false, false, false])
  })

  it('stay open for a request that came before the previous answer', async () => {
    const answers: ServerResponse[] = []
    const { open } = await serve(3, (response) => void answers.push(response))
    const { socket } = await open(request)
    socket.write(request)
    await expect.poll(() => answers).toHaveLength(2)
    const both = new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
        if (text.includes('second')) resolve(text)
      })
      socket.on('close', () => resolve(text))
    })
    answers[0]?.end('first')
    await Promise.all([open(request), open(request)])
    answers[1]?.end('second')
    expect(await both).toMatch(/first.*second/s)
  })

  it('make room for new ones if they are idle', async () => {
    const { open } = await serve(3, (response) => response.end('taken'))
    for (let count = 0; count < 8; count++) expect(await (await open(request)).answered).toContain('taken')
  })
})

/** Starts a server that accepts `most` connections. */
async function serve(most: number, answer: (response: ServerResponse) => void) {
  let came = 0
  const listening = await listen(
    (_, response) => {
      came++
      answer(response)
    },
    { port: 0, host: '127.0.0.1', maxConnections: most },
  )
  open.push(listening)
  return {
    /** Connects and sends this, and waits until it has come. */
    async open(sent: string) {
      const before = came
      const socket = connect(listening.port, '127.0.0.1')
      let text = ''
      const answered = new Promise<string>((resolve) =>
        socket.on('data', (chunk) => {
          text += chunk
          resolve(text)
        }),
      )
      const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
      socket.on('error', () => undefined)
      socket.write(sent)
      if (sent) await expect.poll(() => came).toBeGreaterThan(before)
      return { socket, answered, closed }
    },
  }
}

it('the end of a kept connection is announced with its next answer', async () => {
  let draining = false
  const listening = await listen(
    (_, response) => {
      if (draining) response.setHeader('Connection', 'close')
      response.end('taken')
    },
    { port: 0, host: '127.0.0.1' },
  )
  const ask = () => fetch(`http://127.0.0.1:${listening.port}`).then((response) => response.text())
  expect(await ask()).toBe('taken')
  draining = true
  const closed = listening.close(5_000)
  expect(await ask()).toBe('taken')
  await closed
  await expect(ask()).rejects.toThrow()
})
