import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../src/net/http-client.js'
import { isPublicAddress, type Lookup } from '../../src/net/ssrf.js'

const open = { privateAllowed: true }

describe('a call to the outside', () => {
  const endings: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    await Promise.all(endings.splice(0).map((end) => end()))
  })

  const serve = async (listener: RequestListener) => {
    const server = createServer(listener)
    let connections = 0
    server.on('connection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    endings.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const { port } = server.address() as AddressInfo
    return { port, url: `http://127.0.0.1:${port}`, connections: () => connections }
  }
  const caller = (lookup?: Lookup) => {
    const { request, close } = createHttpClient(lookup ? { lookup } : {})
    endings.push(close)
    return request
  }

  it('takes an answer that came while the process was paused beyond the time that it had', async () => {
    const far = new Worker(
      `const { parentPort } = require('node:worker_threads')
      const server = require('node:http').createServer((_, response) => {
        parentPort.postMessage('asked')
        setTimeout(() => response.end('here'), 100)
      })
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
      { eval: true },
    )
    endings.push(() => far.terminate())
    const [port] = await once(far, 'message')
    const answered = caller()(`http://127.0.0.1:${port}/`, { ...open, timeoutMs: 400 })
    await once(far, 'message')
    pause(1_000)
    expect((await answered).body.toString()).toBe('here')
  })

  it('brings the whole answer', async () => {
    const { url } = await serve((request, response) => {
      response.setHeader('X-Some', ['a', 'b'])
      response.writeHead(201).end(`${request.method} ${request.url} ${request.headers['x-mine']} `)
    })
    const answer = await caller()(`${url}/a?b=c`, { ...open, method: 'POST', headers: { 'X-Mine': 'd' }, body: 'e' })
    expect([answer.status, answer.body.toString(), answer.headers['x-some']]).toEqual([201, 'POST /a?b=c d ', 'a, b'])
  })

  it('gives a redirect as it is, and follows none', async () => {
    let calls = 0
    const { url } = await serve((_, response) => {
      calls++
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect((await caller()(url, open)).status).toBe(302)
    expect(calls).toBe(1)
  })

  it('sends many calls over few connections', async () => {
    const { url, connections } = await serve((_, response) => setTimeout(() => response.end('x'), 5))
    const request = caller()
    await Promise.all(Array.from({ length: 200 }, () => request(url, open)))
    await request(url, open)
    expect(connections()).toBeLessThanOrEqual(32)
  })

  it('ends what takes too long: no answer, or one that drips', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/silent') return
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    for (const path of ['/silent', '/drip']) {
      await expect(caller()(url + path, { ...open, timeoutMs: 150 })).rejects.toMatchObject({ fault: 'timeout' })
    }
  })

  it('ends what is too large, with or without a length', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/length') response.setHeader('content-length', 5_000)
      response.end(Buffer.alloc(5_000))
    })
    for (const path of ['/length', '/chunked']) {
      await expect(caller()(url + path, { ...open, maxBytes: 4_999 })).rejects.toMatchObject({ fault: 'too-large' })
      expect((await caller()(url + path, { ...open, maxBytes: 5_000 })).body).toHaveLength(5_000)
    }
  })

  it('tells a connection that broke from one that never stood', async () => {
    const { url, port } = await serve((request, response) => {
      if (request.url === '/cut') response.writeHead(200, { 'content-length': 100 }).write('half')
      setTimeout(() => request.socket.destroy(), 10)
    })
    for (const path of ['/cut', '/']) {
      await expect(caller()(url + path, open)).rejects.toMatchObject({ fault: 'reset' })
    }
    await endings.shift()?.()
    await expect(caller()(`http://127.0.0.1:${port}`, open)).rejects.toMatchObject({ fault: 'connect' })
    const nowhere: Lookup = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))
    await expect(caller(nowhere)('https://chat.example')).rejects.toMatchObject({ fault: 'connect' })
  })

  it('is given up when its signal says so', async () => {
    const { url } = await serve(() => {})
    const controller = new AbortController()
    const call = caller()(url, { ...open, signal: controller.signal })
    setTimeout(() => controller.abort(), 30)
    await expect(call).rejects.toMatchObject({ fault: 'aborted' })
    await expect(caller()(url, { ...open, signal: AbortSignal.abort() })).rejects.toMatchObject({ fault: 'aborted' })
  })

  it('heeds no proxy that the environment names', async () => {
    const { url } = await serve((_, response) => response.end('direct'))
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:1'
    endings.push(async () => {
      delete process.env['HTTP_PROXY']
      delete process.env['http_proxy']
    })
    expect((await caller()(url, open)).body.toString()).toBe('direct')
  })

  it('says in its errors neither path, query, header nor body', async () => {
    const { url } = await serve((request) => request.socket.destroy())
    const options = { ...open, method: 'POST', headers: { authorization: 'Bearer hush' }, body: 'hush' } as const
    const error: unknown = await caller()(`${url}/hush?auth_token=hush`, options).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(Error)
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('hush')
  })

  describe('that nobody vouches for', () => {
    it('goes to no address of this machine or its networks, however it is written', async () => {
      const { port, connections } = await serve((_, response) => response.end('inside'))
      const hosts = [
        ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '0.0.0.0', '0'],
        ...[
          '[::1]',
          '[::]',
          '[::ffff:127.0.0.1]',
          '[::ffff:7f00:1]',
          '[::7f00:1]',
          '[64:ff9b::7f00:1]',
          '[2002:7f00:1::]',
        ],
        ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '[fe80::1]', '[fd00:ec2::254]'],
        ...['224.0.0.1', '255.255.255.255', '168.63.129.16', '１２７.0.0.1'],
      ]
      for (const host of hosts) {
        const call = caller()(`http://${host}:${port}/`, { timeoutMs: 30_000 })
        await expect(call, host).rejects.toMatchObject({ fault: 'address' })
      }
      expect(connections()).toBe(0)
    })

    it('goes to no name that leads there, be it one of several addresses, or only the second time', async () => {
      const { port, connections } = await serve((_, response) => response.end('inside'))
      const inside = { address: '127.0.0.1', family: 4 }
      const outside = { address: '203.0.113.1', family: 4 }
      const public4 = { address: '8.8.8.8', family: 4 }
      for (const found of [
        [inside],
        [public4, inside],
        [inside, public4],
        [{ address: '::1', family: 6 }],
        [outside],
        [],
      ]) {
        const call = caller(async () => found)(`http://chat.example:${port}/`, { timeoutMs: 30_000 })
        await expect(call).rejects.toMatchObject({ fault: 'address' })
      }
      // What the look-up for the socket says is what counts: there is no second one that could differ.
      let looked = 0
      const rebinding: Lookup = async () => [looked++ === 0 ? inside : public4]
      await expect(caller(rebinding)(`http://chat.example:${port}/`)).rejects.toMatchObject({ fault: 'address' })
      expect([looked, connections()]).toEqual([1, 0])
    })

    it('never uses a connection that was opened for one that is vouched for', async () => {
      const { port, connections } = await serve((_, response) => response.end('inside'))
      const request = caller(async () => [{ address: '127.0.0.1', family: 4 }])
      const url = `http://chat.example:${port}/`
      expect((await request(url, open)).status).toBe(200)
      await expect(request(url)).rejects.toMatchObject({ fault: 'address' })
      expect(connections()).toBe(1)
    })

    it('is by http or https, without a password', async () => {
      for (const url of [
        'ftp://a.example/',
        'file:///etc/passwd',
        'data:,x',
        'http://u:p@a.example/',
        'x',
        '',
        '//a',
      ]) {
        await expect(caller()(url, open)).rejects.toMatchObject({ fault: 'address' })
      }
    })
  })
})

describe('a public address', () => {
  it('is one that the Internet routes', () => {
    for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '52.204.34.253', '::ffff:8.8.8.8']) {
      expect([address, isPublicAddress(address)]).toEqual([address, true])
    }
    const others = [
      '198.18.0.1',
      '192.0.2.1',
      '2001:db8::1',
      '5f00::1',
      '::',
      'fec0::1',
      '100::1',
      'x',
      '',
      '64:ff9b:1::1',
    ]
    for (const address of others) expect([address, isPublicAddress(address)]).toEqual([address, false])
  })
})

/** Nothing of this thread goes on meanwhile. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
