import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../model/errors.js'

/** A listening server, and how it ends. */
export interface Listening {
  readonly port: number
  /** Takes no new connections, lets requests under way end, then closes; cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** Milliseconds that senders may take, and between two looks at whether they took longer. */
export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
  readonly lookMs: number
}

/** Node looks every 30 s if not told otherwise, which would make of 10 s as many as 40. */
export const patience: Patience = { headersMs: 10_000, requestMs: 20_000, lookMs: 2_000 }

/** Listens for HTTP, with time limits against slow senders. Throws ConfigError where the port cannot be had. */
export function listen(
  handle: RequestListener,
  port: number,
  host: string,
  { headersMs, requestMs, lookMs }: Patience = patience,
): Promise<Listening> {
  const limits = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: lookMs }
  const server = createServer({ ...limits, keepAliveTimeout: 65_000 }, handle)
  server.maxHeadersCount = 100
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(toConfigError(error, port, host)))
    server.listen(port, host, () => {
      const { port: given } = server.address() as AddressInfo
      resolve({ port: given, close: (graceMs) => close(server, graceMs) })
    })
  })
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
