import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { loadOrCreateCertificates } from './tls/certificate-files.js'

/** Where the simulated server listens. */
export interface ListenersOptions {
  /** The port for http. Default: 0, any free port. */
  readonly port?: number
  /** Also serves https on this port, with a certificate that it creates and keeps in `folder`. */
  readonly tls?: { readonly port: number; readonly folder: string }
  /** The address to listen on. Default: 127.0.0.1. */
  readonly host?: string
  /** Its public URL without a slash at the end. Default: made from the host and port. */
  readonly baseUrl?: string
}

/** Creates a listener for http, and one for https if configured. */
export function createListeners(options: ListenersOptions, handler: RequestListener) {
  const { host = '127.0.0.1', port = 0, tls } = options
  const reached = new AsyncLocalStorage<Listener>()
  const handlerOf = (listener: () => Listener): RequestListener => {
    return (request, response) => reached.run(listener(), handler, request, response)
  }
  const server = createHttpServer(handlerOf(() => plain))
  const plain: Listener = createListener(server, { scheme: 'http', host, port })
  const certificates = tls && loadOrCreateCertificates(tls.folder)
  const secureServer =
    certificates &&
    createHttpsServer(
      certificates,
      handlerOf(() => secure ?? plain),
    )
  const secure: Listener | undefined =
    secureServer && createListener(secureServer, { scheme: 'https', host, port: tls?.port ?? 0 })
  const all = secure ? [plain, secure] : [plain]

  async function close(): Promise<void> {
    for (const listener of all) await listener.close()
  }

  return {
    /** Links use the scheme and host of the request, so that https clients stay on https. */
    base: () => options.baseUrl ?? (reached.getStore() ?? plain).url,

    async listen() {
      try {
        for (const listener of all) await listener.listen()
      } catch (error) {
        await close()
        throw error
      }
    },
    close,
    tls: certificates &&
      secure && {
        caFile: certificates.caFile,
        get url() {
          return secure.url
        },
      },
  }
}

/** A server at its address. */
interface Listener {
  /** Known once it listens. No trailing slash. */
  readonly url: string
  listen(): Promise<void>
  /** Closes every connection; does nothing if it is not listening. */
  close(): Promise<void>
}

/** Where a server listens. */
interface ListenerOptions {
  readonly scheme: 'http' | 'https'
  readonly host: string
  /** 0 means any free one. */
  readonly port: number
}

/** Starts a server and sets its address. */
function createListener(server: Server, { scheme, host, port }: ListenerOptions): Listener {
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
