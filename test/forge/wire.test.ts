import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { createKoa } from '../../src/server/app.js'
import { type Listening, listen, timeouts } from '../../src/server/listen.js'
import { createRandom, forge, mutateBytes, seed, sendRaw } from '../fixtures/forge.js'
import { heldBytes } from '../fixtures/heap.js'
import { type Client, type HipChat, roomMessage, sign, startHipChat } from '../fixtures/hipchat.js'
import { type ForgedBot, moment, onTheWire, shownBy, startForgedBot } from './bot.js'

describe('on the wire', () => {
  let server: HipChat
  let bot: ForgedBot
  let client: Client
  beforeAll(async () => {
    server = await startHipChat()
    bot = await startForgedBot({ hosts: new URL(server.url).host })
    client = server.addClient()
    expect((await bot.install(server.installBody(client))).status).toBe(200)
  })
  afterEach(() => {
    bot.lines.length = 0
    server.notifications.length = 0
  })
  afterAll(async () => {
    await bot.stop()
    await server.close()
  })

  const webhook = 'POST /hipchat/webhook HTTP/1.1\r\nHost: x\r\n'
  const statuses = (answer: string) => [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))

  it('a genuine request is let in', async () => {
    expect(statuses(await sendRaw(bot.port, onTheWire(client, '/ping')))).toEqual([204])
    await expect.poll(() => shownBy(server)).toEqual(['pong'])
  })

  it('a changed request is never a fault of ours, and never let in without a token as it was signed', async () => {
    const flock: Promise<void>[] = []
    await forge('changed on the wire', 1, async (random) => {
      const token = sign(client)
      const bytes = mutateBytes(random, Buffer.from(onTheWire(client, '/nothing', token)))
      const judged = sendRaw(bot.port, bytes, 150, 150).then((answer) => {
        for (const status of statuses(answer)) {
          expect(status < 500 || status === 501, `FORGE_SEED=${seed}: ${bytes}`).toBe(true)
          if (status < 300) expect(bytes.toString('latin1')).toContain(token.slice(0, token.lastIndexOf('.')))
        }
      })
      flock.push(judged)
      if (flock.length >= 64) await Promise.all(flock.splice(0))
    })
    await Promise.all(flock)
    expect(bot.lines.filter((line) => line.startsWith('request failed'))).toEqual([])
  })

  it('nobody smuggles a request in behind another', async () => {
    const inner = onTheWire(client, '/ping')
    const chunked = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
    const outer = [
      `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${inner.length}\r\n\r\n0\r\n\r\n${inner}`,
      `Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
      `Content-Length: 0, ${inner.length}\r\n\r\n${inner}`,
      `Content-Length: +0\r\n\r\n${inner}`,
      `Content-Length: 0x0\r\n\r\n${inner}`,
      `Content-Length : 0\r\n\r\n${inner}`,
      `Content-Length: -1\r\n\r\n${inner}`,
      `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${inner}`,
      `X: 1\n\n${inner}`,
      `X: 1\r\nContent-Length: 0\r\n\n${inner}`,
      `X\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\n0\n\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${inner}`,
    ]
    for (const rest of outer) {
      const answer = await sendRaw(bot.port, webhook + rest, 200)
      expect([rest.slice(0, 60), statuses(answer)]).toEqual([rest.slice(0, 60), [400]])
    }
    // What is a body stays one, and so does what a folded header holds.
    const whole = [
      `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunked}`,
      `Content-Length: ${inner.length}\r\nConnection: close\r\n\r\n${inner}`,
    ]
    for (const rest of whole) expect(statuses(await sendRaw(bot.port, webhook + rest, 200))).toEqual([401])
    const folded = `X: 1\r\n Authorization: JWT ${sign(client)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
    expect([[400], [401]]).toContainEqual(statuses(await sendRaw(bot.port, webhook + folded, 200)))
    await moment()
    expect(shownBy(server)).toEqual([])
  })

  it('a target of any form leads to nothing but our own addresses', async () => {
    const forms = [
      'POST http://evil.example/hipchat/webhook HTTP/1.1',
      'POST //evil.example/hipchat/webhook HTTP/1.1',
      'POST /hipchat/webhook?signed_request= HTTP/1.1',
      'POST /hipchat//webhook HTTP/1.1',
      'POST /hipchat/webhook/../webhook HTTP/1.1',
      'POST /hipchat/%77ebhook HTTP/1.1',
      'POST /HIPCHAT/WEBHOOK HTTP/1.1',
      'GET /% HTTP/1.1',
      'GET /%ff%00 HTTP/1.1',
      'GET /hipchat/installed?redirect_url=%ff&installable_url=%00 HTTP/1.1',
      'GET /hipchat/installed?redirect_url=a&redirect_url=b&installable_url[]=c HTTP/1.1',
      'DELETE /hipchat/installation/%E0%A4%A HTTP/1.1',
      'DELETE /hipchat/installation/__proto__ HTTP/1.1',
      `DELETE /hipchat/installation/${'x'.repeat(10_000)} HTTP/1.1`,
      'DELETE /hipchat/installation/%2e%2e%2fx HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'OPTIONS /hipchat/installation HTTP/1.1',
      'PROPFIND /healthz HTTP/1.1',
      'TRACE /healthz HTTP/1.1',
      'CONNECT evil.example:443 HTTP/1.1',
      'PRI * HTTP/2.0',
      'POST /hipchat/webhook HTTP/0.9',
      'POST /hipchat/webhook HTTP/9.9',
      'post /hipchat/webhook HTTP/1.1',
      'POST \0 HTTP/1.1',
    ]
    for (const form of forms) {
      const answer = await sendRaw(
        bot.port,
        `${form}\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        500,
      )
      for (const status of statuses(answer)) expect([form, status < 500 || status === 501]).toEqual([form, true])
      expect(answer).not.toMatch(/^location:/im)
    }
    for (const extra of [
      'Expect: 100-continue',
      'Expect: magic',
      'Upgrade: websocket\r\nConnection: Upgrade',
      `X: ${'y'.repeat(20_000)}`,
      'Y: 1\r\n'.repeat(500).trim(),
    ]) {
      const answer = await sendRaw(bot.port, `${webhook}${extra}\r\nContent-Length: 0\r\n\r\n`, 200)
      for (const status of statuses(answer)) expect(status).toBeLessThan(500)
      expect(statuses(answer).filter((status) => status >= 200 && status < 300)).toEqual([])
    }
    const spoofed = await sendRaw(
      bot.port,
      'GET /descriptor.json HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n',
    )
    expect(spoofed).toMatch(/^HTTP\/1.1 200/)
    expect(spoofed).not.toContain('evil.example')
    expect(bot.lines.filter((line) => line.startsWith('request failed'))).toEqual([])
  })

  it('a second Authorization header does not help the first', async () => {
    const [good, bad] = [sign(client), sign({ ...client, oauthSecret: 'x' })]
    const send = async (...headers: string[]) => {
      const body = roomMessage(client, '/ping')
      const head = [...headers, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'].join('\r\n')
      return statuses(await sendRaw(bot.port, `${webhook}${head}\r\n\r\n${body}`))
    }
    expect(await send(`Authorization: JWT ${bad}`, `Authorization: JWT ${good}`)).toEqual([401])
    expect(await send(`Authorization: JWT ${bad}, JWT ${good}`)).toEqual([401])
    expect(await send(`Proxy-Authorization: JWT ${good}`)).toEqual([401])
    expect(await send(`Cookie: signed_request=${good}`)).toEqual([401])
  })

  it('a hundred megabytes are refused before they are here', async () => {
    const to = (path: string, length: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: JWT ${sign(client)}\r\n${length}\r\n\r\n`
    for (const path of ['/hipchat/webhook', '/hipchat/installation']) {
      expect(statuses(await sendRaw(bot.port, to(path, 'Content-Length: 104857600'), 500))).toEqual([413])
      for (const length of ['Content-Length: 104857600', 'Transfer-Encoding: chunked']) {
        const { sent, answer } = await pour(bot.port, to(path, length), length.startsWith('T'))
        expect([path, length, statuses(answer)]).toEqual([path, length, [413]])
        expect(sent, `${path} ${length}`).toBeLessThan(25_000_000) // what buffers on both sides hold, and no more
      }
    }
    expect(await bot.say(client, '/ping')).toBe(204)
  })

  it('a packed body is measured unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(60_000_000, ' '))
    expect(bomb.length).toBeLessThan(65_000)
    for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip', 'constructor']) {
      const answer = await fetch(`${bot.url}/hipchat/installation`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
        body: new Uint8Array(bomb),
      })
      expect([encoding, answer.status >= 400 && answer.status < 500]).toEqual([encoding, true])
      if (encoding === 'gzip') expect(answer.status).toBe(413)
    }
    const broken = await fetch(`${bot.url}/hipchat/installation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: '{"oauthId": "x"}',
    })
    expect(broken.status).toBe(400)
  })

  it('an installation of anything is no fault of ours', async () => {
    const random = createRandom(seed, 'installations')
    const genuine = Buffer.from(JSON.stringify(server.installBody(client)))
    const bodies: (string | Buffer)[] = [
      '['.repeat(30_000),
      `${'{"oauthId":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
      '{"__proto__": {"oauthId": "x", "oauthSecret": "y", "capabilitiesUrl": "https://z/"}}',
      '{"constructor": {"prototype": {"oauthId": "x"}}}',
      JSON.stringify({ ...server.installBody(client), oauthId: '__proto__' }),
      JSON.stringify({ ...server.installBody(client), roomId: '..' }),
      'null',
      '"x"',
      '',
      ...Array.from({ length: 100 }, () => mutateBytes(random, genuine)),
    ]
    for (const body of bodies) {
      for (const type of ['application/json', 'text/plain; charset=utf-7', '__proto__']) {
        const answer = await fetch(`${bot.url}/hipchat/installation`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: typeof body === 'string' ? body : new Uint8Array(body),
        })
        // 502 says that the server named does not answer as one: a changed address.
        expect([`${body}`.slice(0, 200), answer.status < 500 || answer.status === 502]).toEqual([
          `${body}`.slice(0, 200),
          true,
        ])
      }
    }
    expect(bot.lines.filter((line) => line.startsWith('request failed'))).toEqual([])
    expect(({} as Record<string, unknown>)['oauthId']).toBeUndefined()
  })

  it('a thousand forged requests at once are all refused, and leave nothing behind', async () => {
    let count = 0
    const storm = async () => {
      const all = Array.from({ length: 1_000 }, () => {
        const stranger = count++ % 2 ? { oauthId: `nobody-${count}` } : {}
        const request = onTheWire(client, '/ping', sign({ ...client, ...stranger, oauthSecret: 'x' }))
        return sendRaw(bot.port, request, 20_000)
      })
      expect(new Set((await Promise.all(all)).flatMap(statuses))).toEqual(new Set([401]))
      bot.lines.length = 0
    }
    for (let storms = 0; storms < 2; storms++) await storm() // they warm up
    await moment()
    const before = heldBytes()
    await storm()
    await expect.poll(() => heldBytes() - before).toBeLessThan(1_500_000)
    await expect.poll(() => bot.say(client, '/ping')).toBe(204)
  })
})

describe('a sender who is slow', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })

  const head = 'POST / HTTP/1.1\r\nHost: x\r\n'
  const heads = ['', 'P', head]
  const bodies = [`${head}Content-Length: 9999\r\n\r\n`, `${head}Transfer-Encoding: chunked\r\n\r\n`]

  it.each([
    ['the head', heads, { headersMs: 2_000, requestMs: 60_000, lookMs: 100 }],
    ['the body', bodies, { headersMs: 2_000, requestMs: 2_000, lookMs: 100 }],
  ])('with %s is waited for a bounded time, while others are served', async (_, starts, limits) => {
    const koa = createKoa(async (ctx) => {
      for await (const _ of ctx.req);
      ctx.status = 204
    }, silentLogger)
    const handle = koa.callback()
    const listening: Listening = await listen((req, res) => void handle(req, res), {
      port: 0,
      host: '127.0.0.1',
      limits,
    })
    open.push({ close: () => listening.close(0) })
    const ended = Array.from({ length: 60 }, (_, at) => {
      return drip(listening.port, starts[at % starts.length] ?? '', at % 2 === 0)
    })
    const answer = await fetch(`http://127.0.0.1:${listening.port}/`, { method: 'POST', body: 'x' })
    expect(answer.status).toBe(204)
    await Promise.all(ended) // a connection that is never ended holds this up until the test's own limit
  })

  it('has ten seconds for the head of a request, and twenty for all of it', () => {
    expect(timeouts).toEqual({ headersMs: 10_000, requestMs: 20_000, lookMs: expect.any(Number) })
    expect(timeouts.lookMs).toBeLessThanOrEqual(5_000)
  })
})

/** Sends `start`, then a little every now and then; resolves when the other side has had enough. */
function drip(port: number, start: string, silent: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => start && socket.write(start))
    const more = setInterval(() => silent || socket.write(start.includes('chunked') ? '1\r\nx\r\n' : 'x'), 50)
    socket.resume()
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(more)
      resolve()
    })
  })
}

/** Sends up to 100 MB behind `head` for as long as it is taken, and says how much that was. */
function pour(
  port: number,
  head: string,
  chunked: boolean,
): Promise<{ readonly sent: number; readonly answer: string }> {
  const megabyte = Buffer.alloc(1_000_000, 'x')
  const chunk = chunked ? Buffer.concat([Buffer.from('f4240\r\n'), megabyte, Buffer.from('\r\n')]) : megabyte
  return new Promise((resolve) => {
    let sent = 0
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head)
      more()
    })
    const more = (): void => {
      while (sent < 100_000_000 && !socket.destroyed) {
        sent += megabyte.length
        if (!socket.write(chunk)) return
      }
    }
    socket.on('drain', more)
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve({ sent, answer }))
  })
}
