import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ifThere } from '../../shared/files.js'
import { type Certificates, createCertificates } from './certificates.js'

/** The certificates of this machine, and the file for clients to trust. */
export interface CertificateFiles extends Certificates {
  /** For `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE` and the like. */
  readonly caFile: string
}

/** The names in the certificate. */
const names = ['localhost', '127.0.0.1', '::1']
const weekMs = 7 * 86_400_000

/** Reads the certificates in a folder; creates new ones if there are none or they expire within a week. */
export function loadOrCreateCertificates(folder: string, now = Date.now()): CertificateFiles {
  const [caFile, serverFile] = [resolve(folder, 'ca.pem'), join(folder, 'server.pem')]
  const kept = ifThere(() => ({ ca: readFileSync(caFile, 'utf8'), server: readFileSync(serverFile, 'utf8') }))
  if (kept && isGood(kept.ca, kept.server, now)) return { ca: kept.ca, cert: kept.server, key: kept.server, caFile }
  const { ca, cert, key } = createCertificates(names, now)
  mkdirSync(folder, { recursive: true })
  // The key is in the same file, so that the two always belong together.
  writeFileSync(serverFile, cert + key, { mode: 0o600 })
  writeFileSync(caFile, ca)
  return { ca, cert, key, caFile }
}

function isGood(ca: string, server: string, now: number): boolean {
  try {
    const [authority, certificate] = [new X509Certificate(ca), new X509Certificate(server)]
    return certificate.verify(authority.publicKey) && Date.parse(certificate.validTo) - now > weekMs
  } catch {
    return false
  }
}
