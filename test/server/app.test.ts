import http from 'node:http'
import type { AddressInfo } from 'node:net'
import net from 'node:net'
import supertest from 'supertest'
import { afterEach, describe, expect, it } from 'vitest'
import type { Journal } from '../../src/journal/journal.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { AuthenticationError, HttpError, UnavailableError } from '../../src/model/errors.js'
import type { Installation } from '../../src/model/installation.js'
import type { Invocation } from '../../src/model/invocation.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Platform, Verified, WebhookRequest } from '../../src/platforms/platform.js'
import { createApp, createKoa } from '../../src/server/app.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('a webhook', () => {
  it('is answered as the platform decides, once it is stored', async () => {
    const { url, accepted } = await serve()
    const answer = await post(`${url}/chat/webhook`, 'hello')
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    expect(accepted.map(({ text }) => text)).toEqual(['hello'])
  })

  it('is verified by its raw bytes', async () => {
    const { url, seen } = await serve()
    await post(`${url}/chat/webhook`, Buffer.from([0xff, 0x00, 0x22]))
    expect([...(seen[0]?.body ?? [])]).toEqual([0xff, 0x00, 0x22])
  })

  it('is refused without a reason if it cannot be verified', async () => {
    const { url, accepted } = await serve({ verify: new AuthenticationError('signature') })
    const answer = await post(`${url}/chat/webhook`, 'x')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401 })
    expect(answer.headers.get('www-authenticate')).toBe('Signature realm="slashroom"')
    expect(accepted).toEqual([])
  })

  it('is refused as a replay if it was accepted before', async () => {
    const { url } = await serve({ repeated: true })
    expect((await post(`${url}/chat/webhook`, 'once')).status).toBe(204)
    expect((await post(`${url}/chat/webhook`, 'once')).status).toBe(401)
  })

  it('is refused as a replay even if the first one asked for nothing', async () => {
    const { url } = await serve({ repeated: true, ignored: true })
    expect((await post(`${url}/chat/webhook`, 'once')).status).toBe(204)
    expect((await post(`${url}/chat/webhook`, 'once')).status).toBe(401)
    expect((await post(`${url}/chat/webhook`, 'another')).status).toBe(204)
  })

  it('is acknowledged but not run again if the same message comes in a new request', async () => {
    const { url, accepted } = await serve()
    expect((await post(`${url}/chat/webhook`, 'once')).status).toBe(204)
    expect((await post(`${url}/chat/webhook`, 'once')).status).toBe(204)
    expect(accepted).toHaveLength(1)
  })

  it('gets a 503, never an acknowledgement, if it cannot be stored', async () => {
    const { url } = await serve({ accept: new UnavailableError('disk full', 3) })
    const answer = await post(`${url}/chat/webhook`, 'x')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3'])
  })

  it('gets a 503 before any work is done for it if the queue is full', async () => {
    const { url, seen } = await serve({ full: true })
    const answer = await post(`${url}/chat/webhook`, 'x')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(seen).toEqual([])
  })

  it('gets a 503 while the bot is stopping', async () => {
    const { url } = await serve({ draining: true })
    expect((await post(`${url}/chat/webhook`, 'x')).status).toBe(503)
  })

  it('is refused if it claims to come from a schedule', async () => {
    const { url, accepted } = await serve({ scheduled: 'digest' })
    expect((await post(`${url}/chat/webhook`, 'x')).status).toBe(401)
    expect(accepted).toEqual([])
  })

  it('gets the reason if its body is malformed', async () => {
    const { url } = await serve({ decode: new HttpError('The body is not JSON.', 400) })
    const answer = await post(`${url}/chat/webhook`, '{')
    expect(await answer.json()).toMatchObject({ status: 400, detail: 'The body is not JSON.' })
  })

  it('gets no details of an internal error', async () => {
    const { url } = await serve({ decode: new Error('password=hunter2') })
    const answer = await post(`${url}/chat/webhook`, 'x')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('hunter2')
  })

  it('must be a POST', async () => {
    const { url } = await serve()
    const answer = await fetch(`${url}/chat/webhook`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('may end with a slash', async () => {
    const { url, seen } = await serve()
    expect((await post(`${url}/chat/webhook/`, 'x')).status).toBe(204)
    expect(seen[0]?.path).toBe('/webhook')
    expect((await fetch(`${url}/healthz/`)).status).toBe(200)
    expect((await post(`${url}/chat/webhook//`, 'x')).status).toBe(404)
  })

  it('may be below the base path, or without it if a proxy strips it', async () => {
    const { url, seen } = await serve({ basePath: '/bots/one' })
    for (const base of ['/bots/one', '']) expect((await post(`${url}${base}/chat/webhook`, 'x')).status).toBe(204)
    expect(seen.map(({ path }) => path)).toEqual(['/webhook', '/webhook'])
    for (const path of ['/bots/one/healthz', '/bots/one/healthz/', '/healthz'])
      expect((await fetch(url + path)).status).toBe(200)
    expect((await fetch(`${url}/bots/one/healthz`, { method: 'POST' })).headers.get('allow')).toBe('HEAD, GET')
    for (const path of ['/bots/one', '/bots/onehealthz', '/bots/one/bots/one/healthz', '/bots/healthz'])
      expect((await fetch(url + path)).status).toBe(404)
  })

  it('lists the allowed methods for OPTIONS', async () => {
    const { url } = await serve()
    for (const [path, allowed] of [
      ['/chat/webhook', 'POST'],
      ['/healthz', 'HEAD, GET'],
    ]) {
      const answer = await fetch(`${url}${path}`, { method: 'OPTIONS' })
      expect([answer.status, answer.headers.get('allow')]).toEqual([204, allowed])
    }
  })

  it('may be a GET if its platform allows that', async () => {
    const { url, seen } = await serve({ getWebhooks: ['/webhook'] })
    expect((await fetch(`${url}/chat/webhook?text=hello`)).status).toBe(204)
    expect([seen[0]?.method, seen[0]?.query.get('text'), seen[0]?.body.length]).toEqual(['GET', 'hello', 0])
    expect((await fetch(`${url}/chat/webhook`, { method: 'PUT' })).headers.get('allow')).toBe('POST, GET')
  })

  it('is refused if its body is too large, with or without a Content-Length', async () => {
    const { url, seen } = await serve()
    const huge = Buffer.alloc(1_100_000, 'x')
    expect((await post(`${url}/chat/webhook`, huge)).status).toBe(413)
    const answer = await rawPost(
      url,
      ['Transfer-Encoding: chunked'],
      `${huge.length.toString(16)}\r\n${huge}\r\n0\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(seen).toEqual([])
  })

  it('is refused with an explanation if its body is compressed', async () => {
    const { url, seen } = await serve()
    const send = (encoding: string) =>
      fetch(`${url}/chat/webhook`, { method: 'POST', headers: { 'Content-Encoding': encoding }, body: '{}' })
    const refused = await send('gzip')
    expect([refused.status, await refused.text()]).toEqual([415, expect.stringContaining('without a Content-Encoding')])
    expect(seen).toEqual([])
    expect((await send('Identity')).status).toBe(204)
  })

  it.each(['http://', 'http://['])('whose target is %s has no path, and is refused as a problem', async (target) => {
    const { url } = await serve()
    const answer = await rawPost(url, ['Content-Length: 0', 'Connection: close'], '', false, target)
    expect(answer).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json/s)
  })

  it('is not taken when its body breaks off', async () => {
    const { url, seen } = await serve()
    await rawPost(url, ['Content-Length: 100'], 'half', true)
    expect(seen).toEqual([])
  })

  it('cannot smuggle a second request behind two lengths', async () => {
    const { url, seen } = await serve()
    const answer = await rawPost(
      url,
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      '0\r\n\r\nPOST /chat/webhook HTTP/1.1\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(seen).toEqual([])
  })
})

describe('the probes', () => {
  it('report that the process is alive and ready', async () => {
    const { url } = await serve()
    await supertest(url).get('/healthz').expect(200, { status: 'ok' })
    await supertest(url).get('/readyz').expect(200, { status: 'ready', commands: 3 })
  })

  it.each([
    [{ draining: true }, 'stopping'],
    [{ commands: 0 }, 'No commands'],
    [{ notReady: 'Not installed yet.' }, 'Not installed yet.'],
    [{ probe: new Error('connection refused to redis://secret') }, 'store'],
  ])('answer 503 with the reason if it is not ready: %o', async (parts, reason) => {
    const { url } = await serve(parts)
    const answer = await fetch(`${url}/readyz`)
    expect(answer.status).toBe(503)
    const body = await answer.text()
    expect(body).toContain(reason)
    expect(body).not.toContain('secret')
  })

  it('tell why the store cannot be written', async () => {
    const { url } = await serve({ probe: new UnavailableError('Redis is full.', 2) })
    await supertest(url)
      .get('/readyz')
      .expect(503, /Redis is full\./)
  })

  it('write rarely, however often they are requested', async () => {
    const { url, probes } = await serve()
    await Promise.all(Array.from({ length: 20 }, () => supertest(url).get('/readyz').expect(200)))
    expect(probes()).toBeLessThan(20)
  })

  it('write only once at a time if the store does not answer', async () => {
    const { url, probes } = await serve({ hangs: true })
    const answers = await Promise.all([1, 2, 3].map(() => fetch(`${url}/readyz`)))
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503])
    expect(await answers[0]?.text()).toContain('does not answer')
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    expect(probes()).toBe(1)
  })
})

describe('an unknown address', () => {
  it('gets a 404 as problem+json', async () => {
    const { url } = await serve()
    const answer = await supertest(url).get('/nothing').expect(404).expect('content-type', 'application/problem+json')
    expect(JSON.parse(answer.text)).toMatchObject({ status: 404, detail: 'There is nothing at /nothing.' })
  })
})

describe('a method that an address does not support', () => {
  it.each(['POST', 'DELETE', 'PROPFIND'])('gets a 405 as problem+json: %s', async (method) => {
    const { url } = await serve()
    const answer = await fetch(`${url}/healthz`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'HEAD, GET'])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: 405 })
  })

  it.each(['OPTIONS', 'PROPFIND'])('is a 404 at an unknown address: %s', async (method) => {
    const { url } = await serve()
    expect((await fetch(`${url}/elsewhere`, { method })).status).toBe(404)
  })
})

interface Behaviour {
  readonly basePath?: string
  readonly getWebhooks?: readonly string[]
  readonly verify?: Error
  readonly decode?: Error
  readonly accept?: Error
  readonly probe?: Error
  /** The store never answers. */
  readonly hangs?: boolean
  readonly repeated?: boolean
  /** It asks for nothing. */
  readonly ignored?: boolean
  readonly full?: boolean
  readonly draining?: boolean
  readonly commands?: number
  readonly notReady?: string
  readonly scheduled?: string
}

const servers: http.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** Serves the app with a platform and a journal that behave as given. */
async function serve(behaviour: Behaviour = {}) {
  const accepted: Invocation[] = []
  const seen: WebhookRequest[] = []
  let probes = 0
  const queue = createWorkQueue({ log: silentLogger, ...(behaviour.full ? { limit: 0 } : {}) })
  if (behaviour.draining) void queue.stop(0)
  const app = createApp({
    platforms: [chat(behaviour, seen)],
    journal: keeps(behaviour, accepted),
    queue,
    health: {
      probe: async () => {
        probes++
        if (behaviour.hangs) await new Promise(() => {})
        if (behaviour.probe) throw behaviour.probe
      },
      commands: () => behaviour.commands ?? 3,
      notReady: () => behaviour.notReady,
      draining: behaviour.draining ?? false,
    },
    log: silentLogger,
    ...(behaviour.basePath ? { basePath: behaviour.basePath } : {}),
  })
  const server = http.createServer(createKoa(app, silentLogger).callback())
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, accepted, seen, probes: () => probes }
}

function chat(behaviour: Behaviour, seen: WebhookRequest[]): Platform {
  const installation: Installation = { id: 'a', platform: 'chat', tenant: { id: 't' }, details: {}, secrets: {} }
  return {
    name: 'chat',
    webhooks: ['/webhook'],
    getWebhooks: behaviour.getWebhooks ?? [],
    maxTextLength: 100,
    async verify(request) {
      seen.push(request)
      if (behaviour.verify) throw behaviour.verify
      const { body, receivedAt } = request
      const replayToken = behaviour.repeated ? { key: String(body), body: '', until: receivedAt + 1_000 } : undefined
      return { installation, payload: String(body), replayToken, receivedAt }
    },
    decode({ payload }: Verified<string>) {
      if (behaviour.decode) throw behaviour.decode
      if (behaviour.ignored) return { ack: { status: 204 } }
      return {
        ack: { status: 204 },
        invocation: {
          ...invocation,
          id: payload,
          text: payload,
          ...(behaviour.scheduled ? { scheduled: behaviour.scheduled } : {}),
        },
      }
    },
    async deliver() {},
  }
}

const invocation = invocationOf('', { platform: 'chat' })

function keeps(behaviour: Behaviour, accepted: Invocation[]): Journal {
  const recorded = new Set<string>()
  return {
    async accept(taken, { replayToken } = {}) {
      if (behaviour.accept) throw behaviour.accept
      const isNew = accepted.every(({ id }) => id !== taken.id)
      if (replayToken && !isNew) throw new AuthenticationError('replayed')
      if (!isNew) return undefined
      accepted.push(taken)
      return await createMemoryJournal().accept(taken)
    },
    async recordReplayToken({ key }) {
      if (recorded.has(key)) throw new AuthenticationError('replayed')
      recorded.add(key)
    },
    async probe() {},
    async recover() {},
    drain() {},
    hasSuccessor: async () => false,
    async close() {},
    findRecord: async () => undefined,
    async *audit() {},
  }
}

function post(url: string, body: string | Buffer): Promise<Response> {
  return fetch(url, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body) })
}

/** What a well-behaved client would not send. */
function rawPost(
  url: string,
  headers: readonly string[],
  body: string,
  breakOff = false,
  target = '/chat/webhook',
): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let answer = ''
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\n${headers.join('\r\n')}\r\n\r\n${body}`)
      if (breakOff) socket.destroy()
    })
    socket.setTimeout(30_000, () => socket.destroy())
    socket.on('data', (chunk) => {
      answer += chunk
      if (/\r\n\r\n/.test(answer)) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}
