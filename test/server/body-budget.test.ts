import http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { AuthenticationError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Platform } from '../../src/platforms/platform.js'
import { createApp, createKoa } from '../../src/server/app.js'
import { createBodyBudget } from '../../src/server/body-budget.js'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

describe('bodies of strangers', () => {
  it('hold so many bytes together: the largest gives way, and is told when to come again', async () => {
    const { open, bodies } = await serve(300_000)
    const [large, middle, ...small] = [open(200_000), open(50_000), open(20_000), open(20_000)]
    await expect.poll(bodies.size).toBe(290_000)
    const last = open(20_000)
    expect(await large?.answer).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: \d/)
    await expect.poll(bodies.size).toBe(110_000)
    for (const one of [middle, ...small, last]) one?.finish()
    for (const one of [middle, ...small, last]) expect(await one?.answer).toMatch(/^HTTP\/1.1 204 /)
    expect(bodies.size()).toBe(0)
  })

  it('count until the request is answered, and are forgotten where the sender breaks off', async () => {
    const { open, bodies } = await serve(300_000)
    const broken = open(100_000)
    await expect.poll(bodies.size).toBe(100_000)
    broken.breakOff()
    await expect.poll(bodies.size).toBe(0)
  })

  it('count where something else reads them too', async () => {
    const { url, bodies } = await serve(100_000)
    const post = (path: string) => fetch(`${url}${path}`, { method: 'POST', body: '{}' })
    expect((await post('/chat/installed')).status).toBe(200)
    const held = bodies.reserve(50_000)
    const answer = await post('/chat/installed')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    bodies.release(held)
    expect((await post('/chat/installed')).status).toBe(200)
    expect((await post('/nowhere')).status).toBe(404)
    expect(bodies.size()).toBe(0)
  })

  it('are not read where the proof would be in the head, and is not', async () => {
    const { open, bodies } = await serve(300_000)
    const unproven = open(0, { declared: 1_000_000, headers: '' })
    expect(await unproven.answer).toMatch(/^HTTP\/1.1 401 /)
    expect(bodies.size()).toBe(0)
  })
})

/** A bot whose platform wants an Authorization header, and whose bodies may hold `most` bytes together. */
async function serve(most: number) {
  const budget = createBodyBudget(most)
  const bodies = { ...budget, size: () => most - room() }
  /** How much could still be kept. */
  function room(): number {
    let [fits, not] = [0, most + 1]
    while (not - fits > 1) {
      const tried = Math.floor((fits + not) / 2)
      try {
        budget.release(budget.reserve(tried))
        fits = tried
      } catch {
        not = tried
      }
    }
    return fits
  }
  const app = createApp({
    platforms: [chat],
    journal: createMemoryJournal(),
    queue: createWorkQueue({ log: silentLogger }),
    health: { probe: async () => {}, commands: () => 1, draining: false },
    log: silentLogger,
    bodies,
  })
  const server = http.createServer(createKoa(app, silentLogger).callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  return {
    bodies,
    url: `http://127.0.0.1:${port}`,
    open: (sent: number, options?: Partial<Opened>) => openRequest(port, sent, { ...usual, ...options }),
  }
}

interface Opened {
  /** What the head says of the body's length; one byte more than is sent, if left out. */
  readonly declared?: number
  readonly headers: string
}
const usual: Opened = { headers: 'Authorization: yes\r\n' }

/** Sends a head and all of its body but the last byte. */
function openRequest(port: number, sent: number, { declared = sent + 1, headers }: Opened) {
  const socket: Socket = connect(port, '127.0.0.1')
  closing.push(() => socket.destroy())
  socket.write(
    `POST /chat/webhook HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${declared}\r\n\r\n${'x'.repeat(sent)}`,
  )
  const answer = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      if (text.includes('\r\n\r\n')) resolve(text)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
  return { answer, finish: () => socket.write('x'), breakOff: () => socket.destroy() }
}

const chat: Platform = {
  name: 'chat',
  webhooks: ['/webhook'],
  maxTextLength: 100,
  verifyHead({ headers }) {
    if (headers['authorization'] === undefined) throw new AuthenticationError('no token')
  },
  async verify({ body, receivedAt }) {
    const installation = { id: 'a', platform: 'chat', tenant: { id: 't' }, details: {}, secrets: {} }
    return { installation, payload: String(body), receivedAt }
  },
  decode: () => ({ ack: { status: 204 } }),
  deliver: async () => {},
  routes(router) {
    router.post('/chat/installed', (ctx) => {
      ctx.body = 'yes'
    })
  },
}
