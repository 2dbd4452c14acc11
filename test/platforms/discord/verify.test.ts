import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSignatureVerifier } from '../../../src/platforms/discord/ed25519.js'
import { createVerify } from '../../../src/platforms/discord/verify.js'
import { type Discord, startDiscord } from '../../fixtures/discord.js'
import { toRequest } from './bot.js'

/** RFC 8032, section 7.1, tests 1 to 3. https://www.rfc-editor.org/rfc/rfc8032#section-7.1 */
const vectors = [
  {
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
] as const

describe('the proof', () => {
  for (const [at, { key, message, signature }] of vectors.entries()) {
    it(`holds for test ${at + 1} of RFC 8032, and for nothing near it`, () => {
      const proof = createSignatureVerifier(key)
      const bytes = Buffer.from(message, 'hex')
      expect(proof?.(bytes, signature)).toBe(true)
      expect(proof?.(bytes, signature.toUpperCase())).toBe(true)
      expect(proof?.(Buffer.concat([bytes, Buffer.from([0])]), signature)).toBe(false)
      expect(proof?.(bytes, `0${signature.slice(1)}`)).toBe(false)
      expect(proof?.(bytes, signature.slice(0, 126))).toBe(false)
      expect(proof?.(bytes, `${signature}00`)).toBe(false)
      expect(proof?.(bytes, `${signature}zz`)).toBe(false)
      expect(proof?.(bytes, '')).toBe(false)
      expect(createSignatureVerifier(vectors[(at + 1) % 3]?.key ?? '')?.(bytes, signature)).toBe(false)
    })
  }

  it('is made of 64 hexadecimal digits only', () => {
    for (const key of ['', 'zz', vectors[0].key.slice(2), `${vectors[0].key}00`, vectors[0].key.replace('d', 'g')]) {
      expect(createSignatureVerifier(key)).toBeUndefined()
    }
  })
})

describe('an interaction', () => {
  let server: Discord
  beforeEach(async () => {
    server = await startDiscord()
  })
  afterEach(async () => await server.close())

  const verify = () => {
    const proof = createSignatureVerifier(server.publicKey)
    if (!proof) throw new Error('no key')
    return createVerify({ applicationId: server.applicationId, verifySignature: proof })
  }
  const now = () => Math.floor(Date.now() / 1_000)
  const signed = (changed = {}, at = now()) => toRequest(server.sign(JSON.stringify(server.interaction(changed)), at))

  it('of a guild comes from that guild', async () => {
    const { installation } = await verify()(signed())
    expect(installation).toMatchObject({ id: '1200000000000000002', tenant: { id: '1200000000000000002' } })
  })

  it('of no guild comes from its caller, who is a tenant alone', async () => {
    const user = { id: '1400000000000000009', username: 'lee' }
    const request = signed({ guild_id: undefined, member: undefined, user })
    expect((await verify()(request)).installation.tenant.id).toBe('dm:1400000000000000009')
  })

  it('is good for five minutes, in both directions', async () => {
    for (const seconds of [-299, 0, 299]) await verify()(signed({}, now() + seconds))
    for (const seconds of [-302, 302, 1e9]) {
      await expect(verify()(signed({}, now() + seconds))).rejects.toMatchObject({ code: 'unverified' })
      const inMilliseconds = signed({}, (now() + seconds) * 1_000)
      await expect(verify()(inMilliseconds)).rejects.toMatchObject({ code: 'unverified' })
    }
    await verify()(signed({}, Date.now()))
  })

  it('is refused where a byte of it, its time or its signature was changed', async () => {
    const request = signed()
    const body = Buffer.from(request.body)
    body[body.length - 2] = 0x20
    const withHeaders = (changed: Record<string, string | string[] | undefined>) => ({
      ...request,
      headers: { ...request.headers, ...changed },
    })
    const changed = [
      { ...request, body },
      { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) },
      withHeaders({ 'x-signature-timestamp': String(now() + 1) }),
      withHeaders({ 'x-signature-timestamp': undefined }),
      withHeaders({ 'x-signature-ed25519': undefined }),
      withHeaders({ 'x-signature-ed25519': '' }),
      withHeaders({ 'x-signature-ed25519': 'f'.repeat(128) }),
      withHeaders({ 'x-signature-ed25519': ['a', 'b'] }),
    ]
    for (const one of changed) await expect(verify()(one)).rejects.toMatchObject({ code: 'unverified' })
  })

  it('is refused where the time is no number, though it is signed', async () => {
    for (const at of [`${now()}.0`, ` ${now()}`, `0x${now().toString(16)}`, '', 'now']) {
      const request = toRequest(server.sign(JSON.stringify(server.interaction()), at as unknown as number))
      await expect(verify()(request)).rejects.toMatchObject({ code: 'unverified' })
    }
  })

  it('that names no application is of the one whose key it is', async () => {
    await expect(verify()(toRequest(server.sign('{"type":1}')))).resolves.toMatchObject({
      installation: { platform: 'discord' },
    })
  })

  it('is refused where it is for another application, and where it is no object', async () => {
    await expect(verify()(signed({ application_id: '1' }))).rejects.toMatchObject({ code: 'unverified' })
    for (const body of ['[]', 'null', '{', '"x"', '']) {
      await expect(verify()(toRequest(server.sign(body)))).rejects.toMatchObject({ code: 'request' })
    }
  })
})
