import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { createRedisStore } from '../../src/stores/redis.js'
import { connectRedis } from '../../src/stores/redis-connection.js'
import { freePort } from '../fixtures/free-port.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { build } from '../fixtures/slashroom.js'
import { openBattlefield } from './chaos/attack.js'

describe('Redis over TLS, with a certificate of its own', () => {
  let dir: string
  let cert: string
  let redis: RedisServer
  let port: number
  beforeAll(async () => {
    build()
    dir = mkdtempSync(join(tmpdir(), 'slashroom-tls-'))
    cert = join(dir, 'cert.pem')
    const key = join(dir, 'key.pem')
    const [subject, names] = ['/CN=localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...made, '-subj', subject, '-addext', names], { stdio: 'ignore' })
    port = await freePort()
    redis = await startRedis({
      options: {
        'tls-port': String(port),
        'tls-cert-file': cert,
        'tls-key-file': key,
        'tls-ca-cert-file': cert,
        'tls-auth-clients': 'no',
      },
    })
  })
  afterAll(async () => {
    await redis.stop()
    rmSync(dir, { recursive: true })
  })

  it.each(['localhost', '127.0.0.1'])('is a store as any other where Node.js trusts it: %s', async (host) => {
    const field = await openBattlefield({
      STORE_URL: `rediss://${host}:${port}`,
      SECRET_KEY: '0123456789abcdef'.repeat(4),
      NODE_EXTRA_CA_CERTS: cert,
    })
    await field.type()
    expect(await field.verdict(240_000)).toMatchObject({ accepted: 1, lost: [], doubled: [] })
    expect(await field.bot.stop()).toBe(0)
    await field.close()
  })

  it('is not spoken to where nothing vouches for it, and the log says why', async () => {
    const lines: string[] = []
    const log = { ...silentLogger, error: (facts: object) => void lines.push(String(Object.values(facts)[0])) }
    const store = createRedisStore(connectRedis(`rediss://localhost:${port}`, log))
    await expect(store.get('a')).rejects.toThrow(/^Redis cannot be reached/)
    expect(lines).toEqual([expect.stringContaining('self-signed certificate')])
    await store.close()
  })
})
