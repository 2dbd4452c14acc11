import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WebhookRequest } from '../../src/platforms/platform.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import {
  builtInNames,
  forge,
  hostileTexts,
  hostileValue,
  mutateBytes,
  mutateJson,
  mutateText,
  type Random,
} from '../fixtures/forge.js'
import { growth, linear } from '../fixtures/growth.js'
import { type Claims, type Client, type HipChat, roomMessage, sign, startHipChat } from '../fixtures/hipchat.js'
import { type HipChatBot, installClient, startHipChatBot, toRequest } from '../platforms/hipchat/bot.js'

describe('whoever forges a request', () => {
  let server: HipChat
  let bot: HipChatBot
  /** Whose secret no forger has. */
  let victim: Client
  /** Who forges, and has an installation of his own. */
  let forger: Client
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  beforeAll(async () => {
    server = await startHipChat()
    bot = await startHipChatBot()
    victim = await installClient(bot, server)
    victimId = victim.oauthId
    forger = await installClient(bot, server, { groupId: 666 })
  })
  afterAll(async () => {
    await bot.close()
    await server.close()
  })

  /** Whose installation it was taken for; undefined where it was refused as it must be. Throws for all else. */
  async function takenFor(request: WebhookRequest): Promise<string | undefined> {
    try {
      return (await bot.platform.verify(request)).installation.id
    } catch (error) {
      const { code, status, message } = error as { code?: string; status?: number; message: string }
      if (code === 'unverified' && reasons.has(message)) return undefined
      if (code === 'request' && status === 400) return undefined
      throw error
    }
  }

  it('is not let in by what he changes of a request that he saw', async () => {
    let taken = 0
    await forge('mutated requests', 12, async (random) => {
      const token = sign(victim, random.once(2) ? { jti: undefined } : {})
      const request = mutateRequest(random, toRequest(victim, roomMessage(victim, '/ping'), token))
      const who = await takenFor(request)
      if (who === undefined) return
      taken++
      // The token covers no byte of the body: with a token as it was signed, and only then, another text is let in.
      const places = [String(request.headers['authorization'] ?? ''), request.query.get('signed_request') ?? '']
      expect(who).toBe(victim.oauthId)
      expect(places.some((place) => place.includes(token.slice(0, token.lastIndexOf('.'))))).toBe(true)
      expectAgreement(victim, request.body)
    })
    expect(taken).toBeGreaterThan(0)
  })

  it('is not let in as another by signing with a secret of his own', async () => {
    await forge('foreign signatures', 6, async (random) => {
      const claims = { iss: random.pick([victim.oauthId, spellings(random, victim.oauthId)]) }
      const secret = random.pick([forger.oauthSecret, '', victim.oauthId, 'null', 'undefined', publicPem(), '0'])
      const ways = [
        () => sign({ ...victim, oauthSecret: secret }, claims, header(random)),
        () => sign({ ...victim, oauthSecret: secret }, claims, header(random)),
        () => sign({ ...victim, oauthSecret: secret }, claims, header(random)),
        () => (random.once(8) ? signRsa(victim, claims, random.pick(['RS256', 'PS256', 'HS256'])) : ''),
        () => sign(forger, { ...claims, iss: [forger.oauthId, victim.oauthId] }),
        () => `${sign(forger).split('.').slice(0, 2).join('.')}.${sign(victim).split('.')[2]}`,
        () => `${sign(victim).split('.').slice(0, 2).join('.')}.${sign(forger).split('.')[2]}`,
      ]
      const token = random.pick(ways)()
      const who = await takenFor(toRequest(victim, roomMessage(victim, '/ping'), token))
      expect(who).toBeUndefined()
    })
  })

  it('speaks with his own token for himself alone', async () => {
    await forge('other tenants', 4, async (random) => {
      const body = roomMessage(forger, '/ping', {
        body: { oauth_client_id: random.pick([victim.oauthId, [forger.oauthId], null, 0, {}, '']) },
      })
      expect(await takenFor(toRequest(forger, body))).toBeUndefined()
      const twice = roomMessage(forger, '/ping').replace(/}$/, `, "oauth_client_id": "${victim.oauthId}"}`)
      expect(await takenFor(toRequest(forger, twice))).toBeUndefined()
    })
  })

  it('needs more than the secret: an algorithm, times and an issuer that are right', async () => {
    let taken = 0
    await forge('odd claims', 8, async (random) => {
      const now = Math.floor(Date.now() / 1_000)
      const head = header(random)
      const claims = oddClaims(random, now)
      const token = signText(victim, head, claims)
      const request = toRequest(victim, roomMessage(victim, '/ping'), token)
      const who = await takenFor({ ...request, receivedAt: now * 1_000 })
      if (who === undefined) return
      taken++
      expect(who).toBe(victim.oauthId)
      expectLife(head, claims, victim, now)
    })
    expect(taken).toBeGreaterThan(0)
  })

  it('meets the same answer wherever he puts the token', async () => {
    await forge('places', 5, async (random) => {
      const token = sign({ ...victim, oauthSecret: forger.oauthSecret })
      const value = random.pick([
        `JWT ${token}`,
        `JWT  ${token}`,
        `JWT\t${token}`,
        `JWT "${token}"`,
        `JWT ${token}, JWT ${sign(victim)}x`,
        `jwt token=${token}`,
        `Bearer ${token}`,
        `Basic ${Buffer.from(`${victim.oauthId}:`).toString('base64')}`,
        `JWT ${token}\0`,
        `JWT ${'a.'.repeat(random.below(5_000))}`,
        `JWT ${mutateText(random, token)}`,
      ])
      const request = toRequest(victim, roomMessage(victim, '/ping'))
      const who = await takenFor({
        ...request,
        headers: random.pick([{}, { authorization: value }, { authorization: value, 'x-authorization': value }]),
        query: new URLSearchParams(
          random.pick([
            '',
            `signed_request=${token}`,
            `signed_request=a&signed_request=${sign(victim)}`,
            'signed_request',
          ]),
        ),
      })
      expect(who).toBeUndefined()
    })
  })

  it('is not let in by a body without a token that vouches for it, be it nested ten thousand deep', async () => {
    for (const depth of [10_000, 100_000]) {
      for (const body of ['['.repeat(depth), '{"a":'.repeat(depth), deepItem(depth)]) {
        expect(await takenFor(toRequest(victim, body, sign({ ...victim, oauthSecret: 'x' })))).toBeUndefined()
        const honest = await takenFor(toRequest(victim, body)).catch((error: unknown) => error)
        expect([undefined, victim.oauthId]).toContain(honest)
      }
    }
  })

  it('makes us work in proportion to what he sends', async () => {
    const stranger = { ...victim, oauthSecret: 'x' }
    const read = (start: string, unit: string) => {
      const values = new Map([1, 4].map((times) => [times, start + unit.repeat((4_000 * times) / unit.length)]))
      const request = toRequest(victim, '{}')
      return async (times: number) =>
        await takenFor({ ...request, headers: { authorization: values.get(times) }, query: new URLSearchParams() })
    }
    for (const unit of ['JWT ', 'JWT token=', 'a.', '"', '\t', '.', '-']) {
      for (const start of ['', 'JWT ', 'JWT token="']) {
        expect(await growth(read(start, unit)), `${start}${unit}`).toBeLessThan(linear)
      }
    }
    const body = (times: number) => roomMessage(victim, '/ping '.repeat(4_000 * times))
    const bodies = new Map([1, 4].map((times) => [times, body(times)]))
    const judged = async (times: number) => await takenFor(toRequest(victim, bodies.get(times) ?? '', sign(stranger)))
    for (let warm = 0; warm < 50; warm++) await judged(1)
    expect(await growth(judged)).toBeLessThan(linear)
  })

  it('finds nothing where only the names that every object has were asked for', async () => {
    const alone = await startHipChatBot({ store: createMemoryStore() })
    for (const name of [...builtInNames, ...hostileTexts]) {
      const token = sign({ ...victim, oauthId: name, oauthSecret: '' })
      const request = toRequest(victim, roomMessage({ ...victim, oauthId: name }, '/ping'), token)
      await expect(alone.platform.verify(request)).rejects.toMatchObject({ code: 'unverified' })
    }
    const { secrets, ...known } = (await bot.installations.find('hipchat', victim.oauthId)) ?? expect.fail()
    for (const oauthSecret of ['', 'undefined', 'null']) {
      await alone.installations.save({ ...known, secrets: {} })
      const request = toRequest(victim, roomMessage(victim, '/ping'), sign({ ...victim, oauthSecret }))
      await expect(alone.platform.verify(request)).rejects.toMatchObject({ code: 'unverified' })
    }
    expect(Object.keys(secrets)).toEqual(['oauthSecret'])
    await alone.close()
  })

  function publicPem(): string {
    return publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }

  /** With the key in the token itself, in case somebody trusts it. */
  function signRsa(client: Client, claims: Claims, alg: string): string {
    const jwk = publicKey.export({ format: 'jwk' })
    const [, payload] = sign(client, claims).split('.')
    const signed = `${encode(JSON.stringify({ alg, typ: 'JWT', jwk, kid: 'x', jku: server.url }))}.${payload}`
    return `${signed}.${signWith('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  }
})

/** All that a refusal says in the log: the figures have one series for each. */
const reasons = new Set([
  'no token',
  'unknown installation',
  'malformed',
  'expired',
  'algorithm',
  'signature',
  'not yet valid',
  'claims disagree',
  'replayed',
])

const encode = (text: string) => Buffer.from(text).toString('base64url')

/** With the hash that the head names, as an honest holder of the secret would. */
function signText(client: Client, head: string, claims: string): string {
  const signed = `${encode(head)}.${encode(claims)}`
  const hash = /HS512/.test(head) ? 'sha512' : /HS384/.test(head) ? 'sha384' : 'sha256'
  return `${signed}.${createHmac(hash, client.oauthSecret).update(signed).digest('base64url')}`
}

function deepItem(depth: number): string {
  return `{"item":{"message":{"from":${'['.repeat(depth)}${']'.repeat(depth)}}}}`
}

/** The genuine request with its token, body, headers or query changed. */
function mutateRequest(random: Random, request: WebhookRequest): WebhookRequest {
  const authorization = String(request.headers['authorization'])
  const token = authorization.slice(4)
  switch (random.below(8)) {
    case 0:
      return { ...request, headers: { authorization: `JWT ${mutateText(random, token)}` } }
    case 1:
      return { ...request, headers: { authorization: mutateText(random, authorization) } }
    case 2:
      return { ...request, headers: { authorization: `JWT ${respell(random, token)}` } }
    case 3:
      return { ...request, headers: {}, query: new URLSearchParams({ signed_request: respell(random, token) }) }
    case 4:
      return { ...request, headers: { authorization: `JWT ${mutateParts(random, token)}` } }
    case 5:
      return { ...request, body: mutateBytes(random, request.body) }
    case 6:
      return { ...request, body: Buffer.from(JSON.stringify(mutateJson(random, JSON.parse(String(request.body)), 4))) }
    default:
      return { ...request, receivedAt: request.receivedAt + random.pick([-1, 1]) * random.below(2_000_000) }
  }
}

/** Other ways to write the same, or nearly the same, base64. */
function respell(random: Random, token: string): string {
  const parts = token.split('.')
  const at = random.below(parts.length)
  const part = parts[at] ?? ''
  parts[at] = random.pick([
    `${part}=`,
    `${part}==`,
    `${part}\n`,
    ` ${part}`,
    `${part.slice(0, 5)} ${part.slice(5)}`,
    part.replaceAll('-', '+').replaceAll('_', '/'),
    part.slice(0, -1),
    `${part}A`,
    part.toLowerCase(),
    encodeURIComponent(part),
    '',
  ])
  return random.pick([parts.join('.'), `${parts.join('.')}.`, `.${parts.join('.')}`, parts.slice(0, 2).join('.')])
}

/** Header or claims changed under the old signature. */
function mutateParts(random: Random, token: string): string {
  const [head = '', claims = '', signature = ''] = token.split('.')
  const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  if (random.once(2)) return `${encode(header(random))}.${claims}.${random.pick([signature, ''])}`
  return `${head}.${encode(JSON.stringify(mutateJson(random, decode(claims), 3)))}.${signature}`
}

function header(random: Random): string {
  const algs = [
    'HS256',
    'none',
    'None',
    'NONE',
    'hs256',
    'Hs256',
    'HS256 ',
    'HS512',
    'HS384',
    'RS256',
    'ES256',
    'dir',
    '',
  ]
  const alg = JSON.stringify(random.once(8) ? hostileValue(random) : random.pick(algs)) ?? 'null'
  return random.pick([
    '{"alg": "HS256", "typ": "JWT"}',
    `{"alg": ${alg}, "typ": "JWT"}`,
    `{"alg": "HS256", "alg": ${alg}}`,
    `{"alg": ${alg}, "alg": "HS256"}`,
    `{"alg": "HS256", "crit": ["exp"], "exp": 1}`,
    `{"alg": "HS256", "crit": ["b64"], "b64": false}`,
    `{"alg": "HS256", "zip": "DEF", "cty": "JWT"}`,
    `{"__proto__": {"alg": "HS256"}}`,
    `{"ALG": "HS256"}`,
    `["HS256"]`,
    '',
  ])
}

/** Numbers and other things where the times belong, as text because JSON cannot say NaN and JavaScript not 1e999. */
function oddClaims(random: Random, now: number): string {
  const odd = ['1e308', '-1e308', '1e999', '-1e999', '0', '-1', 'null', '"x"', 'true', '[]', '{}', '1e-9', 'NaN']
  const time = (usual: number) =>
    random.pick([
      String(usual),
      String(usual),
      String(usual + random.below(8_000) - 4_000),
      String(usual - random.below(2_000)),
      `"${usual}"`,
      `${usual}.5`,
      `${usual}000`,
      random.pick(odd),
    ])
  const made = now - random.below(1_200)
  const times = random.once(4) ? [made, made + random.below(1_200)] : [time(now), time(now + 900)]
  const claims = [`"iat": ${times[0]}`, `"exp": ${times[1]}`, `"iss": ${JSON.stringify(issuer(random))}`]
  if (random.once(3)) claims.push(`"nbf": ${time(now)}`)
  if (random.once(4)) claims.push(`"${random.pick(['exp', 'iat', 'iss', 'jti', 'sub', 'context'])}": ${time(now)}`)
  if (random.once(4)) claims.push(`"__proto__": {"iat": ${now}, "exp": ${now + 900}}`)
  if (random.once(8)) claims.splice(random.below(claims.length), 1)
  return `{${claims.join(', ')}, "jti": "${random.below(2 ** 31)}-${random.below(2 ** 31)}"}`
}

let victimId = ''
function issuer(random: Random): unknown {
  return random.once(6) ? hostileValue(random) : victimId
}

function spellings(random: Random, id: string): string {
  return random.pick([
    id.toUpperCase(),
    ` ${id}`,
    `${id}\0`,
    `${id}/`,
    `./${id}`,
    `${id}%00`,
    encodeURIComponent(` ${id}`),
  ])
}

/** What a request must be that was taken, said here a second time, from section 5 of the protocol. */
function expectLife(head: string, text: string, client: Client, now: number): void {
  const { alg, crit } = JSON.parse(head)
  expect([alg, crit]).toEqual(['HS256', undefined])
  const { iss, iat, exp, nbf = now } = JSON.parse(text)
  expect(iss).toBe(client.oauthId)
  for (const time of [iat, exp]) expect(Number.isFinite(time)).toBe(true)
  expect(typeof nbf).toBe('number')
  expect(now - iat).toBeLessThanOrEqual(960)
  expect(iat - now).toBeLessThanOrEqual(60)
  expect(nbf - now).toBeLessThanOrEqual(60)
  expect(exp - now).toBeGreaterThan(-60)
  expect(exp - iat).toBeGreaterThanOrEqual(0)
  expect(exp - iat).toBeLessThanOrEqual(3_660)
}

/** The body of a taken request names no other client, room or author than its token does. */
function expectAgreement(client: Client, body: Buffer): void {
  const { oauth_client_id: id = client.oauthId, item } = JSON.parse(body.toString())
  expect(id).toBe(client.oauthId)
  const room = item?.room?.id
  const isText = typeof room === 'string' && room !== '' && Buffer.from(room).toString() === room
  if (Number.isFinite(room) || (isText && room.length <= 200 && !/^\.\.?$/.test(room))) {
    expect(String(room)).toBe('2589171')
  }
  const author = item?.message?.from?.id
  if (Number.isFinite(author)) expect(author).toBe(3_297_240)
}
