import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'
import * as der from './der.js'

/** A server's certificate and key, and the authority for clients to trust. All are PEM. */
export interface Certificates {
  /** The certificate of the authority that signed the server's. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const authority = 'Slashroom simulator CA'
const days = 86_400_000

/**
 * Creates an authority and its certificate for names and addresses of this machine. The authority's key is discarded, so that
 * trusting it means trusting only this certificate.
 */
export function createCertificates(names: readonly string[], now = Date.now()): Certificates {
  // Node.js creates keys and signatures but no certificates, so their structure is written out here.
  const [root, leaf] = [newKey(), newKey()]
  const notAfter = now + 397 * days // the longest validity that browsers accept
  const validity = der.sequence(der.time(new Date(now - days)), der.time(new Date(notAfter)))
  const issued = { issuer: authority, issuerKey: root, validity }
  const ca = issue({ ...issued, subject: authority, subjectKey: root, extensions: authorityExtensions(root) })
  const extensions = serverExtensions(names, leaf, root)
  const cert = issue({ ...issued, subject: names[0] ?? 'localhost', subjectKey: leaf, extensions })
  return { ca, cert, key: leaf.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

interface Request {
  readonly subject: string
  readonly subjectKey: KeyObject
  readonly issuer: string
  readonly issuerKey: KeyObject
  readonly validity: Buffer
  readonly extensions: readonly Buffer[]
}

function newKey(): KeyObject {
  // P-256 works with all clients of the last fifteen years.
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function issue({ subject, subjectKey, issuer, issuerKey, validity, extensions }: Request): string {
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2')) // ECDSA with SHA-256
  const content = der.sequence(
    der.tagged(0, der.integer(Buffer.of(2)), true), // version 3
    der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    nameOf(issuer),
    validity,
    nameOf(subject),
    publicKeyOf(subjectKey),
    der.tagged(3, der.sequence(...extensions), true),
  )
  const signature = der.bits(sign('sha256', content, issuerKey))
  return pem(der.sequence(content, algorithm, signature))
}

function authorityExtensions(root: KeyObject): readonly Buffer[] {
  return [
    extension('2.5.29.19', der.sequence(der.yes), true), // basic constraints: an authority
    extension('2.5.29.15', der.bits(Buffer.of(0b00000110), 1), true), // key usage: signs certificates
    extension('2.5.29.14', der.octets(keyId(root))), // subject key identifier
  ]
}

function serverExtensions(names: readonly string[], leaf: KeyObject, root: KeyObject): readonly Buffer[] {
  return [
    extension('2.5.29.19', der.sequence(), true), // basic constraints: no authority
    extension('2.5.29.15', der.bits(Buffer.of(0b10000000), 7), true), // key usage: signs
    extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.1'))), // extended key usage: server
    extension('2.5.29.17', der.sequence(...names.map(alternativeName))),
    extension('2.5.29.14', der.octets(keyId(leaf))),
    extension('2.5.29.35', der.sequence(der.tagged(0, keyId(root)))), // authority key identifier
  ]
}

function extension(id: string, body: Buffer, critical = false): Buffer {
  return der.sequence(der.oid(id), ...(critical ? [der.yes] : []), der.octets(body))
}

function nameOf(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(commonName))))
}

/** A host name, an IPv4 address, or `::1`. */
function alternativeName(name: string): Buffer {
  if (isIPv4(name)) return der.tagged(7, Buffer.from(name.split('.').map(Number)))
  if (name === '::1') return der.tagged(7, Buffer.concat([Buffer.alloc(15), Buffer.of(1)]))
  return der.tagged(2, Buffer.from(name))
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1').update(publicKeyOf(key)).digest()
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
