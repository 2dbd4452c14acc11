import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server at its address. */
export interface Listener {
  /** Known once it listens. No slash at its end. */
  readonly url: string
  listen(): Promise<void>
  /** Closes every connection; does nothing where it does not listen. */
  close(): Promise<void>
}

/** Where a server listens. */
export interface ListenerOptions {
  readonly scheme: 'http' | 'https'
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
}

/** Gives a server its address. */
export function createListener(server: Server, { scheme, host, port }: ListenerOptions): Listener {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  let bound = port
  return {
    get url() {
      return `${scheme}://${name}:${bound}`
    },

    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
      })
      bound = (server.address() as AddressInfo).port
    },

    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
