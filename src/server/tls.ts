import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { messageOf } from '../shared/error-details.js'

/** The PEM files of the certificate chain and its key. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** The contents of the files. */
export interface TlsPair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** Reads a certificate and its key. Throws ConfigError, which names the setting. */
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
 * Calls `use` with the new pair when a file has changed, once both belong together; until then the old pair stays in
 * use. Returns a function that stops watching.
 */
export function watchTls(files: TlsFiles, use: (pair: TlsPair) => void, log: Logger, lookMs = 2_000): () => void {
  const look = () => {
    try {
      use(readTls(files))
      log.info({ file: files.cert }, 'certificate reloaded')
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the new certificate cannot be used yet: keeping the old one')
    }
  }
  const names = [files.cert, files.key]
  // Watched by name, because renewal tools replace the files or the links to them.
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
