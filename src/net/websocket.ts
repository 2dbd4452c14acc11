import { lookup as resolve } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawData, WebSocket } from 'ws'
import { NetworkError } from '../model/errors.js'
import { codeOf } from '../shared/error-details.js'
import { parseUrl } from '../shared/url.js'
import { ipLiteral, isPublicAddress, type Lookup, refusedAddress, socketLookup } from './ssrf.js'

/** Options for opening a WebSocket. */
export interface WebSocketOptions {
  /** Called with each text in order. While many of its promises are pending, reading pauses. */
  onMessage(text: string): Promise<void> | void
  readonly headers?: Readonly<Record<string, string>>
  /** True if private and local addresses are allowed, because the operator configured the host. */
  readonly privateAllowed?: boolean
  /** True if `ws:` is allowed besides `wss:`. */
  readonly plainAllowed?: boolean
  /** Milliseconds for opening it. Default 10,000. */
  readonly timeoutMs?: number
  /** The largest message in bytes. Default 1 MiB. */
  readonly maxBytes?: number
  /** Milliseconds between pings; three without a response end the connection. Default 5,000. */
  readonly pingMs?: number
  /** Aborts opening it. */
  readonly signal?: AbortSignal
  readonly lookup?: Lookup
}

/** An open WebSocket. */
export interface WebSocketConnection {
  /** Resolves when the network has taken the whole text; rejects if the connection is gone. */
  send(text: string): Promise<void>
  /** Closes it, forcibly if the other side does not respond within a second. */
  close(): Promise<void>
  /** Resolves when it has ended, with the reason for the log. */
  readonly closed: Promise<string>
}

/** Opens a WebSocket. Throws NetworkError without path and query, because they may contain tokens. */
export async function openWebSocket(address: string | URL, options: WebSocketOptions): Promise<WebSocketConnection> {
  const url = checkUrl(address, options)
  const { WebSocket } = await import('ws') // loaded only if needed
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
  if (literal && !isPublicAddress(literal)) throw new NetworkError(`${url.host}: the address is not allowed`, 'address')
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
      failed(new NetworkError(`${host}: it answered ${statusCode} instead of opening a WebSocket`, 'connect'))
    })
    socket.once('error', (error) => {
      end()
      failed(signal?.aborted ? new NetworkError(`${host}: given up`, 'aborted') : toNetworkError(error, host))
    })
  })
}

function toNetworkError(error: Error, host: string): NetworkError {
  const code = codeOf(error)
  const why = code === refusedAddress ? 'the address is not allowed' : `it cannot be reached (${code ?? error.message})`
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

/** The number of pending messages at which reading pauses. */
const mostOpen = 256

/** A missed pong may be our fault, if this process was paused: only the second one in a row counts. */
function keepAlive(socket: WebSocket, pingMs: number): void {
  let silent = 0
  const alive = () => {
    silent = 0
  }
  for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, alive)
  const timer = setInterval(() => {
    if (socket.isPaused) return // there may be unread data
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
