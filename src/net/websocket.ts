import { lookup as resolve } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawData, WebSocket } from 'ws'
import { NetworkError } from '../model/errors.js'
import { codeOf } from '../shared/error-details.js'
import { parseUrl } from '../shared/url.js'
import { ipLiteral, isPublicAddress, type Lookup, refusedAddress, socketLookup } from './ssrf.js'

/** How a WebSocket is opened. */
export interface WebSocketOptions {
  /** Called with each text that comes, in order. Where many of its promises are open, nothing more is read. */
  onMessage(text: string): Promise<void> | void
  readonly headers?: Readonly<Record<string, string>>
  /** True: addresses of private networks and of this machine may be called, because the operator named the host. */
  readonly privateAllowed?: boolean
  /** True: `ws:` is as good as `wss:`. */
  readonly plainAllowed?: boolean
  /** Milliseconds for opening it. Default 10,000. */
  readonly timeoutMs?: number
  /** Bytes of one message at most. Default 1 MiB. */
  readonly maxBytes?: number
  /** Milliseconds between pings: who is silent for three of them is gone. Default 5,000. */
  readonly pingMs?: number
  /** Gives up opening it. */
  readonly signal?: AbortSignal
  readonly lookup?: Lookup
}

/** An open WebSocket. */
export interface WebSocketConnection {
  /** Resolves once the network took the text whole; rejects where the connection is gone. */
  send(text: string): Promise<void>
  /** Says goodbye, and hangs up where the far side does not within a second. */
  close(): Promise<void>
  /** Resolves when it is over, with why: for the log. */
  readonly closed: Promise<string>
}

/** Opens a WebSocket to the outside. Throws NetworkError, in which no path and no query stands: they may hold tokens. */
export async function openWebSocket(address: string | URL, options: WebSocketOptions): Promise<WebSocketConnection> {
  const url = checkUrl(address, options)
  const { WebSocket } = await import('ws') // read from disk only where something connects so
  const { lookup = lookupAll, privateAllowed = false, headers = {} } = options
  const socket = new WebSocket(url, {
    headers: { 'user-agent': 'slashroom', ...headers },
    lookup: socketLookup(lookup, { publicOnly: !privateAllowed }),
    handshakeTimeout: options.timeoutMs ?? 10_000,
    maxPayload: options.maxBytes ?? 1_048_576,
    perMessageDeflate: false,
    followRedirects: false,
  })
  const closed = whenClosed(socket)
  receive(socket, options)
  await whenOpen(socket, url, options.signal)
  keepAlive(socket, options.pingMs ?? 5_000)
  return { send: (text) => send(socket, text), close: () => close(socket, closed), closed }
}

const lookupAll: Lookup = (host) => resolve(host, { all: true })

function checkUrl(address: string | URL, { privateAllowed = false, plainAllowed = false }: WebSocketOptions): URL {
  const url = typeof address === 'string' ? parseUrl(address) : address
  if (!url || !(url.protocol === 'wss:' || (plainAllowed && url.protocol === 'ws:')) || url.username || url.password)
    throw new NetworkError(
      `Only ${plainAllowed ? 'ws and wss' : 'wss'} addresses without a password can be connected to.`,
      'address',
    )
  const literal = privateAllowed ? undefined : ipLiteral(url.hostname)
  if (literal && !isPublicAddress(literal)) throw new NetworkError(`${url.host}: it may not be called`, 'address')
  return url
}

function whenOpen(socket: WebSocket, { host }: URL, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((opened, failed) => {
    const giveUp = () => socket.terminate()
    const end = () => signal?.removeEventListener('abort', giveUp)
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted) giveUp()
    socket.once('open', () => {
      end()
      opened()
    })
    socket.once('unexpected-response', (request, { statusCode }) => {
      request.destroy()
      end()
      failed(new NetworkError(`${host}: it answered ${statusCode} and no WebSocket`, 'connect'))
    })
    socket.once('error', (error) => {
      end()
      failed(signal?.aborted ? new NetworkError(`${host}: given up`, 'aborted') : toNetworkError(error, host))
    })
  })
}

function toNetworkError(error: Error, host: string): NetworkError {
  const code = codeOf(error)
  const why = code === refusedAddress ? 'it may not be called' : `it cannot be connected to (${code ?? error.message})`
  return new NetworkError(`${host}: ${why}`, code === refusedAddress ? 'address' : 'connect', { cause: error })
}

function whenClosed(socket: WebSocket): Promise<string> {
  let fault: string | undefined
  socket.on('error', (error) => {
    fault = codeOf(error) ?? error.message
  })
  return new Promise((over) => socket.once('close', (code) => over(fault ? `${fault}, ${code}` : String(code))))
}

function receive(socket: WebSocket, { onMessage }: WebSocketOptions): void {
  let open = 0
  socket.on('message', async (data: RawData, isBinary: boolean) => {
    if (isBinary) return
    if (++open === mostOpen) socket.pause()
    try {
      await onMessage(data.toString())
    } finally {
      if (open-- === mostOpen) socket.resume()
    }
  })
}

/** Messages in work after which nothing more is read. */
const mostOpen = 256

/** Whoever is there answers a ping. One silence may be ours, where the process was stopped: only the second counts. */
function keepAlive(socket: WebSocket, pingMs: number): void {
  let silent = 0
  const alive = () => {
    silent = 0
  }
  for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, alive)
  const timer = setInterval(() => {
    if (socket.isPaused) return // what came is not read, and it may be much
    if (silent++ >= 2) socket.terminate()
    else socket.ping()
  }, pingMs)
  socket.once('close', () => clearInterval(timer))
}

function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((taken, failed) => {
    socket.send(text, (error) => {
      if (error) failed(new NetworkError('the connection is gone', 'reset', { cause: error }))
      else taken()
    })
  })
}

async function close(socket: WebSocket, closed: Promise<string>): Promise<void> {
  socket.close(1_000)
  const hangUp = new AbortController()
  const late = sleep(1_000, undefined, { signal: hangUp.signal }).catch(() => undefined)
  await Promise.race([closed, late])
  hangUp.abort()
  socket.terminate()
  await closed
}
