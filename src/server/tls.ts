import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { messageOf } from '../shared/error-details.js'

/** Where the certificate, with those that vouch for it, and its key are: PEM files. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** What they hold. */
export interface TlsPair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** Reads a certificate and its key. Throws ConfigError that names the setting. */
export function readTls(files: TlsFiles): TlsPair {
  const pair = { cert: read(files.cert, 'TLS_CERT'), key: read(files.key, 'TLS_KEY') }
  try {
    createSecureContext(pair)
    return pair
  } catch (error) {
    throw new ConfigError(
      `TLS_CERT and TLS_KEY must be a certificate in PEM and the key that belongs to it: ${messageOf(error)}.`,
      { cause: error },
    )
  }
}

/**
 * Gives the pair anew each time that a file has changed, once both belong together; until then what was read before
 * stays in use. Returns a function that ends it.
 */
export function watchTls(files: TlsFiles, use: (pair: TlsPair) => void, log: Logger, lookMs = 2_000): () => void {
  const look = () => {
    try {
      use(readTls(files))
      log.info({ file: files.cert }, 'certificate read anew')
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the new certificate cannot be used yet: the old one stays')
    }
  }
  const names = [files.cert, files.key]
  // By its name, as what renews certificates puts new files, or links to such, in the old ones' place.
  for (const name of names) watchFile(name, { interval: lookMs, persistent: false }, look)
  return () => {
    for (const name of names) unwatchFile(name, look)
  }
}

function read(file: string, setting: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ConfigError(`${setting} ${file} cannot be read: ${messageOf(error)}.`, { cause: error })
  }
}
