import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { ConfigError } from '../model/errors.js'

/** A listening server, and how to close it. */
export interface Listening {
  readonly port: number
  /** Takes no new connections, lets requests under way end, then closes; destroys what is left after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** Milliseconds that senders may take, and between checks of that. */
export interface Timeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly lookMs: number
}

/** Node checks every 30 s by default, so that a limit of 10 s could become 40. */
export const timeouts: Timeouts = { headersMs: 10_000, requestMs: 20_000, lookMs: 2_000 }

/** Listens for HTTP, with time limits against slow senders. Throws ConfigError if the port is not available. */
export function listen(
  handle: RequestListener,
  port: number,
  host: string,
  { headersMs, requestMs, lookMs }: Timeouts = timeouts,
  most = mostConnections,
): Promise<Listening> {
  const limits = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: lookMs }
  const server = createServer({ ...limits, keepAliveTimeout: 65_000 }, handle)
  server.maxHeadersCount = 100
  boundConnections(server, most)
  server.on('clientError', refuse)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(toConfigError(error, port, host)))
    server.listen(port, host, () => {
      const { port: given } = server.address() as AddressInfo
      resolve({ port: given, close: (graceMs) => close(server, graceMs) })
    })
  })
}

/** A chat service keeps tens open; each takes some 30 kB. */
export const mostConnections = 1_000

/** One more than the bound is closed at once; before it comes to that, those make place that wait for their next request. */
function boundConnections(server: Server, most: number): void {
  server.maxConnections = most
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.once('close', () => open--)
    if (open >= most) server.closeIdleConnections()
  })
}

/** Malformed requests are answered like every other error. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = statusOf[error.code ?? ''] ?? 400
  const title = STATUS_CODES[status]
  const body = JSON.stringify({ type: 'about:blank', title, status })
  // After a response that is under way it would be read as part of that.
  const quiet = !socket.writable || socket.writableLength > 0 || error.code === 'ECONNRESET'
  if (quiet) return void socket.destroy()
  const head = `Content-Type: application/problem+json\r\nContent-Length: ${body.length}\r\nConnection: close`
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${head}\r\n\r\n${body}`, () => socket.destroy())
}

/** What Node answers with if there is no listener. */
const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function toConfigError(error: NodeJS.ErrnoException, port: number, host: string): ConfigError {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError(`PORT ${port} is in use by another program: stop that, or set PORT to a free one.`)
  }
  if (error.code === 'EACCES')
    return new ConfigError(`PORT ${port} needs rights that this user lacks: set PORT above 1023.`)
  return new ConfigError(`HOST ${host} and PORT ${port} cannot be listened on (${error.code ?? error.message}).`)
}
