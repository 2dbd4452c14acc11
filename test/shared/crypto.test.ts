import { describe, expect, it } from 'vitest'
import { fingerprint, hmacHex, safeEqual, shortHash } from '../../src/shared/crypto.js'

describe('shortHash', () => {
  it('is sixteen letters and digits, the same for the same parts', () => {
    expect(shortHash('a', 'b')).toMatch(/^[a-z2-7]{16}$/)
    for (const text of ['b', '', 'ü€😀', '\ud83d', 'x'.repeat(1_000)]) {
      expect(shortHash('a', text)).toBe(shortHash('a', Buffer.from(text)))
    }
    expect(shortHash('a', 'b')).toBe('7lg546v7d2wfwmas') // as it stands in stores
    expect(new Set(Array.from({ length: 2_000 }, (_, at) => shortHash(String(at)))).size).toBe(2_000)
  })

  it('tells apart what only runs together', () => {
    const all = [
      shortHash('ab', 'c'),
      shortHash('a', 'bc'),
      shortHash('abc'),
      shortHash('abc', ''),
      shortHash('', 'abc'),
      shortHash('1:a'),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('what stands in the keys of stored values', () => {
  it('is what it was when they were stored', () => {
    expect(shortHash('a', 'b')).toBe('7lg546v7d2wfwmas')
    expect(fingerprint('a', 1)).toBe('E18XpHWmGv3urzdZrS5FrR')
  })
})

describe('safeEqual', () => {
  it('says whether two texts are the same, whatever their lengths', () => {
    expect(safeEqual('secret', 'secret')).toBe(true)
    for (const other of ['', 'Secret', 'secre', 'secrets']) expect(safeEqual('secret', other)).toBe(false)
  })
})

describe('hmacHex', () => {
  it('is what RFC 4231 says, over parts as over the whole', () => {
    const known = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    expect(hmacHex('Jefe', 'what do ya want for nothing?')).toBe(known)
    expect(hmacHex('Jefe', 'what do ya ', Buffer.from('want for nothing?'))).toBe(known)
  })
})
