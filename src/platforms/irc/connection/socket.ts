import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import { ConnectionError } from '../../../model/errors.js'
import { codeOf } from '../../../shared/error-details.js'
import type { Settings } from '../settings.js'

/** Opens the connection; resolves when it is encrypted and the server is verified. Rejects with ConnectionError. */
export async function openSocket(settings: Settings, signal: AbortSignal, timeoutMs: number): Promise<Socket> {
  const { host, port, tls, fingerprint } = settings
  const socket = tls
    ? connectTls({ host, port, ...nameOf(host), rejectUnauthorized: !fingerprint })
    : connectPlain({ host, port })
  socket.setNoDelay(true)
  try {
    await opened(socket, tls ? 'secureConnect' : 'connect', AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
    if (fingerprint) checkFingerprint((socket as TLSSocket).getPeerCertificate(), fingerprint)
    return socket
  } catch (error) {
    socket.on('error', () => {}).destroy()
    throw error instanceof ConnectionError ? error : toConnectionError(error, settings)
  }
}

/** An IP address is not a name that a certificate could be requested for. */
function nameOf(host: string): { readonly servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host }
}

function opened(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    const settle = (then: () => void) => () => {
      signal.removeEventListener('abort', stop)
      then()
    }
    signal.addEventListener('abort', stop)
    socket.once(event, settle(resolve))
    socket.once('error', (error) => settle(() => reject(error))())
    socket.once(
      'close',
      settle(() => reject(new Error('closed'))),
    )
    if (signal.aborted) stop()
  })
}

function checkFingerprint({ fingerprint256 = '' }: PeerCertificate, wanted: string): void {
  const shown = fingerprint256.replaceAll(':', '').toLowerCase()
  if (shown === wanted) return
  throw new ConnectionError(`the server's certificate does not match IRC_TLS_FINGERPRINT: ${shown}`, { slow: true })
}

function toConnectionError(error: unknown, { host, port }: Settings): ConnectionError {
  const code = codeOf(error) ?? ''
  const where = `${host}:${port}`
  if (isTimeout(error)) return new ConnectionError(`${where} did not answer in time`, { cause: error })
  if (/CERT|ALTNAME|SELF_SIGNED|ISSUER|SIGNATURE/.test(code)) {
    const pin = 'if you trust it, pin it with IRC_TLS_FINGERPRINT'
    return new ConnectionError(`the certificate of ${where} is refused (${code}); ${pin}`, { cause: error, slow: true })
  }
  if (/^ERR_SSL|EPROTO/.test(code)) {
    return new ConnectionError(`${where} does not speak TLS correctly (${code})`, { cause: error })
  }
  return new ConnectionError(`${where} could not be reached${code ? ` (${code})` : ''}`, { cause: error })
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
