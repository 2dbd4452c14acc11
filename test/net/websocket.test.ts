import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { openWebSocket, type WebSocketOptions } from '../../src/net/websocket.js'

const open = { privateAllowed: true, plainAllowed: true }

describe('a WebSocket to the outside', () => {
  const endings: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0)) await end()
  })

  it('brings texts in order, and takes others', async () => {
    const { url, far } = await serve()
    const said: string[] = []
    const line = await connect(url, { onMessage: (text) => void said.push(text) })
    const socket = await far
    const heard = once(socket, 'message')
    for (const text of ['a', 'b', 'ü']) socket.send(text)
    socket.send(Buffer.from('no text'))
    await line.send('here')
    expect(String((await heard)[0])).toBe('here')
    await expect.poll(() => said).toEqual(['a', 'b', 'ü'])
  })

  it('goes to public addresses over TLS alone, unless the operator named the host', async () => {
    const refused = { code: 'network', fault: 'address' }
    const { url } = await serve()
    const addresses = [
      'ws://example.com/?ticket=1',
      'wss://127.0.0.1/',
      'wss://[::1]/',
      'wss://me:you@example.com/',
      'no',
    ]
    for (const address of addresses) {
      await expect(openWebSocket(address, { onMessage })).rejects.toMatchObject(refused)
      await expect(openWebSocket(address, { onMessage })).rejects.not.toThrow(/ticket|you/)
    }
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
    const inside = openWebSocket(`ws://example.com:${new URL(url).port}`, { onMessage, plainAllowed: true, lookup })
    await expect(inside).rejects.toMatchObject(refused)
  })

  it('reports a server that answers something else, or nothing, without what stands in the address', async () => {
    const { url, server } = await serve()
    server.removeAllListeners('upgrade')
    server.on('upgrade', (_, wire: Socket) => wire.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'))
    await expect(connect(`${url}?ticket=1`)).rejects.toThrow(/^127.0.0.1:\d+: it answered 403/)
    server.removeAllListeners('upgrade')
    server.on('upgrade', (_, wire: Socket) => void endings.push(() => wire.destroy()))
    await expect(connect(`${url}?ticket=1`, { timeoutMs: 50 })).rejects.toThrow(/^127.0.0.1:\d+: it cannot be reached/)
    const late = connect(url, { signal: AbortSignal.timeout(50) })
    await expect(late).rejects.toMatchObject({ fault: 'aborted' })
  })

  it('is over where the other side is silent, though it stays open', async () => {
    const { url, wires } = await serve()
    const line = await connect(url, { pingMs: 20 })
    for (const wire of wires) wire.pause()
    await line.closed
    await expect(line.send('x')).rejects.toMatchObject({ code: 'network' })
  })

  it('stays where the other side has nothing to say', async () => {
    const { url } = await serve()
    const line = await connect(url, { pingMs: 100 })
    await new Promise((resolve) => setTimeout(resolve, 600))
    await line.send('x')
  })

  it('ends at a message that is too large', async () => {
    const { url, far } = await serve()
    const said: string[] = []
    const line = await connect(url, { maxBytes: 100, onMessage: (text) => void said.push(text) })
    ;(await far).send('x'.repeat(101))
    expect(await line.closed).toContain('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
    expect(said).toEqual([])
  })

  it('reads no further while too much is in work', async () => {
    const { url, far } = await serve()
    let begun = 0
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    await connect(url, {
      onMessage: () => {
        begun++
        return gate
      },
    })
    const socket = await far
    for (let n = 0; n < 2_000; n++) socket.send(`${n} ${'x'.repeat(1_000)}`)
    await expect.poll(() => begun).toBeGreaterThan(255)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(begun).toBeLessThan(1_000)
    release()
    await expect.poll(() => begun).toBe(2_000)
  })

  it('says goodbye, and hangs up on who does not', async () => {
    const { url, far, wires } = await serve()
    const line = await connect(url)
    const socket = await far
    const goodbye = once(socket, 'close')
    await line.close()
    expect((await goodbye)[0]).toBe(1_000)
    const other = await connect(url)
    for (const wire of wires) wire.pause()
    await other.close()
    expect(await other.closed).toBeTruthy()
  })

  const onMessage = () => {}

  async function connect(url: string, options: Partial<WebSocketOptions> = {}) {
    const line = await openWebSocket(url, { onMessage, ...open, ...options })
    endings.push(line.close)
    return line
  }

  async function serve() {
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    const wires = new Set<Socket>()
    server.on('connection', (wire) => wires.add(wire))
    const far = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    endings.push(() => {
      for (const wire of wires) wire.destroy()
      server.close()
    })
    return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, wires, far }
  }
})
