import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.js'
import { silentLogger } from '../../src/model/logger.js'
import { type Listening, listen } from '../../src/server/listen.js'
import { readTls, type TlsFiles, watchTls } from '../../src/server/tls.js'
import { type Certificates, createCertificates } from '../../src/simulator/tls/certificates.js'

describe('https', () => {
  let dir: string
  let files: TlsFiles
  let open: { close(): Promise<void> } | undefined
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'slashroom-'))
    files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
  })
  afterEach(async () => {
    await open?.close()
    open = undefined
    rmSync(dir, { recursive: true })
  })

  it('is ended by the bot itself, with the certificate that it was given', async () => {
    const made = write(createCertificates(['localhost']))
    const { port } = await serve()
    expect(await get(port, made.ca)).toEqual({ status: 200, body: 'taken', serial: serialOf(made) })
  })

  it('shows a new certificate as soon as it and its key are there, and the old one until then', async () => {
    const [old, renewed] = [write(createCertificates(['localhost'])), createCertificates(['localhost'])]
    const { port } = await serve()
    writeFileSync(files.cert, renewed.cert)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await get(port, old.ca)).serial).toBe(serialOf(old))
    writeFileSync(files.key, renewed.key)
    await expect.poll(() => get(port, renewed.ca).then(({ serial }) => serial, String)).toBe(serialOf(renewed))
  })

  it('is refused at the start with one line that names what is wrong', () => {
    const [one, other] = [createCertificates(['localhost']), createCertificates(['localhost'])]
    expect(() => readTls(files)).toThrow(/^TLS_CERT .*cert\.pem cannot be read/)
    write({ ...one, key: other.key })
    expect(() => readTls(files)).toThrow(/^TLS_CERT and TLS_KEY must be a certificate in PEM and the key that belongs/)
    expect(() => readConfig({ TLS_CERT: 'cert.pem' })).toThrow('TLS_KEY is missing: https needs both.')
  })

  function write(made: Certificates): Certificates {
    writeFileSync(files.cert, made.cert)
    writeFileSync(files.key, made.key)
    return made
  }

  async function serve(): Promise<Listening> {
    const tls = readTls(files)
    const listening = await listen((_, response) => response.end('taken'), { port: 0, host: '127.0.0.1', tls })
    const unwatch = watchTls(files, listening.use, silentLogger, 20)
    open = {
      close() {
        unwatch()
        return listening.close(0)
      },
    }
    return listening
  }
})

function serialOf({ cert }: Certificates): string {
  return new X509Certificate(cert).serialNumber
}

/** Asks over a connection of its own, trusting this authority alone. */
function get(port: number, ca: string) {
  return new Promise<{ status: number | undefined; body: string; serial: string }>((resolve, reject) => {
    const options = { port, host: '127.0.0.1', servername: 'localhost', ca, agent: false }
    const asked = request(options, (response) => {
      const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, body, serial }))
    })
    asked.on('error', reject).end()
  })
}
