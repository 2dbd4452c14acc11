import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { loadOrCreateCertificates } from '../../src/simulator/tls/certificate-files.js'
import { createCertificates } from '../../src/simulator/tls/certificates.js'
import { freePort } from '../fixtures/free-port.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-tls-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** What an address answers to a client that trusts `ca` and nobody else. */
function ask(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (answer) => {
      answer.setEncoding('utf8')
      let text = ''
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

describe('a simulator with https', () => {
  let simulator: Simulator

  beforeEach(async () => {
    simulator = createSimulator({ tls: { port: 0, folder } })
    await simulator.listen()
  })

  afterEach(() => simulator.close())

  it('is believed by clients that trust the file that it names, at each of its names', async () => {
    const ca = readFileSync(simulator.tls?.caFile ?? '', 'utf8')
    const { port } = new URL(simulator.tls?.url ?? '')
    for (const name of ['localhost', '127.0.0.1']) {
      expect(JSON.parse(await ask(`https://${name}:${port}/v2/capabilities`, ca))).toMatchObject({ name: 'HipChat' })
    }
    await expect(ask(`${simulator.tls?.url}/`, createCertificates(['localhost']).ca)).rejects.toThrow()
  })

  it('gives links with the scheme that it was asked by', async () => {
    const ca = readFileSync(simulator.tls?.caFile ?? '', 'utf8')
    const url = `${simulator.tls?.url}/v2/capabilities`
    expect(JSON.parse(await ask(url, ca))).toMatchObject({ links: { self: url } })
    const plain = `${simulator.url}/v2/capabilities`
    expect(await (await fetch(plain)).json()).toMatchObject({ links: { self: plain } })
  })
})

describe('the certificate', () => {
  it('stays from one start to the next, and its key is for its owner alone', () => {
    const first = loadOrCreateCertificates(folder)
    expect(loadOrCreateCertificates(folder)).toMatchObject({ ca: first.ca, caFile: join(folder, 'ca.pem') })
    expect(statSync(join(folder, 'server.pem')).mode & 0o077).toBe(0)
  })

  it('is made anew when it ends soon, or does not go with its authority, or is none', () => {
    const first = loadOrCreateCertificates(folder, Date.now() - 395 * 86_400_000)
    const second = loadOrCreateCertificates(folder)
    expect(second.ca).not.toBe(first.ca)
    for (const strange of [first.ca, 'nothing']) {
      writeFileSync(second.caFile, strange)
      expect(loadOrCreateCertificates(folder).ca).not.toBe(strange)
    }
  })

  it('is the authority of no other, and says what it is for', () => {
    const { ca, cert } = createCertificates(['localhost', '127.0.0.1', '::1'])
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)]
    expect([authority.ca, server.ca]).toEqual([true, false])
    expect(server.checkIssued(authority)).toBe(true)
    expect(server.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  })

  it('writes years from 2050 on with four digits', () => {
    const { cert } = createCertificates(['localhost'], Date.UTC(2050, 5, 1))
    expect(new X509Certificate(cert).validFrom).toMatch(/2050/)
  })
})

it('listens nowhere when one of its ports is taken', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = await freePort()
  const tls = { port: typeof address === 'object' && address ? address.port : 0, folder }
  await expect(createSimulator({ port, tls }).listen()).rejects.toThrow('EADDRINUSE')
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  await new Promise((resolve) => taken.close(resolve))
})
