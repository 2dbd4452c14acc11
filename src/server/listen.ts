import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../model/errors.js'
import { answerEarlyErrors } from './early-errors.js'
import type { TlsPair } from './tls.js'

/** A listening server, and how to close it. */
export interface Listening {
  readonly port: number
  /** Switches to another certificate; only with HTTPS. */
  use(tls: TlsPair): void
  /**
   * Gives clients with open connections time to hear of it, then refuses new connections, lets running requests end, and
   * closes; destroys what is left after `graceMs`.
   */
  close(graceMs: number): Promise<void>
}

/** Time limits for clients in milliseconds, and how often they are checked. */
export interface Timeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly lookMs: number
}

/** By default Node.js checks every 30 s, so that a limit of 10 s could become 40. */
export const timeouts: Timeouts = { headersMs: 10_000, requestMs: 20_000, lookMs: 2_000 }

/** Where to listen, and the limits. */
export interface ListenOptions {
  readonly port: number
  readonly host: string
  /** The certificate for HTTPS; plain HTTP if left out. */
  readonly tls?: TlsPair | undefined
  readonly limits?: Timeouts
  readonly maxConnections?: number
}

/** Listens, with time limits against slow clients. Throws ConfigError if the port is not available. */
export function listen(handle: RequestListener, options: ListenOptions): Promise<Listening> {
  const { port, host, tls, limits = timeouts, maxConnections = mostConnections } = options
  const server = openServer(handle, limits, tls)
  server.maxHeadersCount = 100
  boundConnections(server, maxConnections)
  answerEarlyErrors(server)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(toConfigError(error, port, host)))
    server.listen(port, host, () => {
      const { port: given } = server.address() as AddressInfo
      const use = (pair: TlsPair) => (server as SecureServer).setSecureContext(pair)
      resolve({ port: given, use, close: (graceMs) => close(server, graceMs) })
    })
  })
}

function openServer(handle: RequestListener, { headersMs, requestMs, lookMs }: Timeouts, tls?: TlsPair) {
  const limits = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: lookMs }
  const requireHostHeader = false // Node.js would refuse without a body: app.ts does it
  const options = { ...limits, requireHostHeader, keepAliveTimeout: 65_000 }
  return tls
    ? createSecureServer({ ...options, ...tls, handshakeTimeout: headersMs }, handle)
    : createServer(options, handle)
}

/** A chat service keeps dozens open; each takes about 30 kB. */
export const mostConnections = 1_000

/** At the limit, idle connections are closed to make room; a connection over the limit is closed at once. */
function boundConnections(server: Server, most: number): void {
  server.maxConnections = most
  const closeIdle = closesTooMany ? trackWaiting(server) : () => server.closeIdleConnections()
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.once('close', () => open--)
    if (open >= most) closeIdle()
  })
}

/** From Node.js 26 on, `closeIdleConnections()` also closes new connections whose first request is on its way. */
const closesTooMany = Number.parseInt(process.versions.node, 10) >= 26

/** Returns a function that closes connections that were answered and have sent no request since. */
function trackWaiting(server: Server): () => void {
  const waiting = new Set<Socket>()
  const last = new WeakMap<Socket, ServerResponse>() // a pipelined request may arrive before the previous answer
  const forgetOnClose = (socket: Socket) => void socket.once('close', () => waiting.delete(socket))
  server.on('connection', forgetOnClose)
  server.on('secureConnection', forgetOnClose)
  server.on('request', ({ socket }, response) => {
    waiting.delete(socket)
    last.set(socket, response)
    response.once('close', () => {
      if (last.get(socket) === response && !socket.destroyed) waiting.add(socket)
    })
  })
  return () => {
    for (const idle of waiting) idle.destroy()
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  await linger(server, Math.min(graceMs, lingerMs))
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/**
 * Announces the end of a kept connection with its next answer. Closing it without notice would lose a request that is
 * on its way.
 */
async function linger(server: Server, ms: number): Promise<void> {
  const until = performance.now() + ms
  while (performance.now() < until && (await countConnections(server)) > 0) await sleep(10)
}

const lingerMs = 300

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}

function toConfigError(error: NodeJS.ErrnoException, port: number, host: string): ConfigError {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError(`PORT ${port} is in use by another program: stop it, or set PORT to a free port.`)
  }
  if (error.code === 'EACCES')
    return new ConfigError(`PORT ${port} needs privileges that this user lacks: set PORT above 1023.`)
  return new ConfigError(`HOST ${host} and PORT ${port} cannot be used to listen (${error.code ?? error.message}).`)
}
