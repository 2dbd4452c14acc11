import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/model/errors.js'
import { createEncryptor, loadOrCreateKeyFile, readKey, readKeys } from '../../src/stores/encryption.js'

describe('secrets at rest', () => {
  const key = randomBytes(32)
  const encryptor = createEncryptor({ key })

  it('are decrypted with the context that they were encrypted with', () => {
    for (const text of ['', 'oauth secret', 'ä🎲'.repeat(5_000)]) {
      const encrypted = encryptor.encrypt(text, 'installation/hipchat/1')
      expect(encrypted).not.toContain('oauth')
      expect(encryptor.decrypt(encrypted, 'installation/hipchat/1')).toBe(text)
    }
  })

  it('look different every time', () => {
    expect(encryptor.encrypt('same', 'c')).not.toBe(encryptor.encrypt('same', 'c'))
  })

  it('are not decrypted in another place', () => {
    expect(() => encryptor.decrypt(encryptor.encrypt('text', 'mine'), 'yours')).toThrow(ConfigError)
  })

  it('are not decrypted when a single character was changed, or the end is missing', () => {
    const encrypted = encryptor.encrypt('text', 'c')
    for (let at = 9; at < encrypted.length; at++) {
      const other = encrypted[at] === 'A' ? 'g' : 'A'
      const forged = `${encrypted.slice(0, at)}${other}${encrypted.slice(at + 1)}`
      expect(() => encryptor.decrypt(forged, 'c')).toThrow(ConfigError)
      expect(() => encryptor.decrypt(encrypted.slice(0, at), 'c')).toThrow(ConfigError)
    }
  })

  it('are decrypted with an old key and encrypted with the new one', () => {
    const encrypted = encryptor.encrypt('text', 'c')
    const rotated = createEncryptor({ key: randomBytes(32), oldKeys: [key] })
    expect(rotated.decrypt(encrypted, 'c')).toBe('text')
    expect(rotated.needsRotation(encrypted)).toBe(true)
    const anew = rotated.encrypt('text', 'c')
    expect(rotated.needsRotation(anew)).toBe(false)
    expect(() => encryptor.decrypt(anew, 'c')).toThrow(/SECRET_KEY/)
  })
})

describe('SECRET_KEY', () => {
  it('is read from base64, base64url and hex', () => {
    const key = randomBytes(32)
    for (const text of [
      key.toString('base64'),
      key.toString('base64url'),
      key.toString('hex'),
      ` ${key.toString('hex')}\n`,
    ]) {
      expect(readKey(text).equals(key)).toBe(true)
    }
    expect(readKeys(`${key.toString('hex')}, ${key.toString('base64')}`)).toHaveLength(2)
  })

  it('is refused by name, and never shown', () => {
    const short = randomBytes(31)
    for (const text of [
      '',
      'hunter2',
      short.toString('base64'),
      short.toString('hex'),
      `${'ab'.repeat(32)}c`,
      '!'.repeat(43),
    ]) {
      expect(() => readKey(text)).toThrow(/^SECRET_KEY must be 32 bytes/)
      if (text) expect(() => readKey(text)).not.toThrow(text)
    }
    expect(() => readKeys('nothing')).toThrow(/^SECRET_KEY_OLD /)
  })
})

describe('the key beside the store', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('is made once, for its owner alone, however many start together', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateKeyFile(dir)))
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
    expect(await loadOrCreateKeyFile(dir)).toEqual(keys[0])
    expect((await stat(join(dir, 'secret.key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(dir)).toEqual(['secret.key'])
  })

  it('is refused with its path when it is damaged or cannot be made', async () => {
    await writeFile(join(dir, 'secret.key'), 'half')
    await expect(loadOrCreateKeyFile(dir)).rejects.toThrow(/secret\.key must be 32 bytes/)
    await expect(loadOrCreateKeyFile(join(dir, 'missing'))).rejects.toThrow(ConfigError)
  })
})
