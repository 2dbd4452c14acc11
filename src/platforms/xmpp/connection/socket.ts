import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { ConnectionError } from '../../../model/errors.js'
import { codeOf } from '../../../shared/error-details.js'
import type { Server, Settings } from '../settings.js'
import { ns } from '../wire.js'
import { findServers } from './find-servers.js'

/**
 * Opens a connection to the server, encrypted and verified before anything of ours is sent. It is unencrypted only if
 * the server offers nothing else, and is on this machine or allowed by the settings. Rejects with ConnectionError.
 */
export async function openSocket(settings: Settings, signal: AbortSignal, timeoutMs = 15_000): Promise<Socket> {
  let failure: unknown
  for (const server of await findServers(settings)) {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      return server.tls ? await openTls(settings, server, patience) : await openPlain(settings, server, patience)
    } catch (error) {
      failure = toConnectionError(error, server)
      if (signal.aborted || (failure as ConnectionError).slow) break
    }
  }
  throw failure
}

async function openTls(settings: Settings, { host, port }: Server, signal: AbortSignal): Promise<TLSSocket> {
  return await encrypted(settings, { host, port }, signal)
}

async function openPlain(settings: Settings, server: Server, signal: AbortSignal): Promise<Socket> {
  const { host, port } = server
  const socket = connectPlain({ host, port })
  socket.setNoDelay(true).setKeepAlive(true, 30_000)
  await until(socket, 'connect', signal)
  const offered = await startTls(socket, settings.domain, signal).catch((error: unknown) => {
    socket.on('error', () => {}).destroy()
    throw error
  })
  if (offered) return await encrypted(settings, { socket }, signal)
  socket.destroy()
  if (settings.fingerprint || (!settings.allowPlain && !isLoopback(host))) {
    const why = settings.fingerprint ? 'XMPP_TLS_FINGERPRINT requires it' : 'XMPP_ALLOW_PLAIN=yes would allow that'
    throw new ConnectionError(`${host}:${port} offers no encryption; ${why}`, { slow: true })
  }
  const plain = connectPlain({ host, port })
  plain.setNoDelay(true).setKeepAlive(true, 30_000)
  await until(plain, 'connect', signal)
  return plain
}

/** The certificate must be for the account's domain, wherever the server is. Checked here, to show its fingerprint. */
async function encrypted(settings: Settings, options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { domain, fingerprint } = settings
  const servername = isIP(domain) ? undefined : domain
  const socket = connectTls({
    ...options,
    ...(servername ? { servername } : {}),
    ALPNProtocols: ['xmpp-client'],
    rejectUnauthorized: false,
  })
  socket.setNoDelay(true).setKeepAlive(true, 30_000)
  await until(socket, 'secureConnect', signal)
  const shown = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase()
  if (fingerprint ? shown === fingerprint : socket.authorized) return socket
  socket.destroy()
  throw new ConnectionError(
    fingerprint
      ? `the server's certificate does not match XMPP_TLS_FINGERPRINT: ${shown}`
      : `the certificate for ${domain} is refused (${codeOf(socket.authorizationError) || socket.authorizationError}); if you trust it, set XMPP_TLS_FINGERPRINT=${shown}`,
    { slow: true },
  )
}

/**
 * Requests encryption within the stream (RFC 6120, 5); false if the server offers none. Nothing else that is read here
 * is trusted, because the server is not verified yet.
 */
async function startTls(socket: Socket, domain: string, signal: AbortSignal): Promise<boolean> {
  const to = domain.replace(/[&<>"']/g, '')
  socket.write(
    `<?xml version='1.0'?><stream:stream to='${to}' version='1.0' xmlns='jabber:client' xmlns:stream='${ns.streams}'>`,
  )
  const head = await readUntil(socket, /<\/stream:features>|<stream:features\s*\/>|<\/stream:stream>/, signal)
  if (!head.includes(ns.tls)) return false
  socket.write(`<starttls xmlns='${ns.tls}'/>`)
  const answer = await readUntil(socket, /<(proceed|failure)\b[^>]*>/, signal)
  if (!/<proceed\b/.test(answer)) throw new ConnectionError('the server refused to start encryption', { slow: true })
  return true
}

function readUntil(socket: Socket, end: RegExp, signal: AbortSignal): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      socket.off('data', onData).off('error', fail).off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      then()
    }
    const fail = (error: Error) => settle(() => reject(error))
    const onClose = () => fail(new Error('closed'))
    const onAbort = () => fail(signal.reason)
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.length > 65_536) fail(new ConnectionError('the server sent too much before encryption'))
      else if (end.test(text)) settle(() => resolve(text))
    }
    socket.on('data', onData).on('error', fail).on('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

async function until(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = (then: () => void) => {
        socket.off(event, onEvent).off('error', fail).off('close', onClose)
        signal.removeEventListener('abort', onAbort)
        then()
      }
      const onEvent = () => settle(resolve)
      const fail = (error: Error) => settle(() => reject(error))
      const onClose = () => fail(new Error('closed'))
      const onAbort = () => fail(signal.reason)
      socket.on(event, onEvent).on('error', fail).on('close', onClose)
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
    })
  } catch (error) {
    socket.on('error', () => {}).destroy()
    throw error
  }
}

function toConnectionError(error: unknown, { host, port }: Server): ConnectionError {
  if (error instanceof ConnectionError) return error
  const [code, where] = [codeOf(error), `${host}:${port}`]
  if (error instanceof Error && error.name === 'TimeoutError')
    return new ConnectionError(`${where} did not answer in time`, { cause: error })
  if (/^ERR_SSL|EPROTO/.test(code))
    return new ConnectionError(`${where} does not speak TLS correctly (${code})`, { cause: error })
  return new ConnectionError(`${where} could not be reached${code ? ` (${code})` : ''}`, { cause: error })
}

/** Whether the host is this machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
