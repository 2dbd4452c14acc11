import { describe, expect, it } from 'vitest'
import { fitLine } from '../../../src/platforms/irc/fit-lines.js'
import { fc } from '../../fixtures/property.js'

describe('a line that is too long', () => {
  it('is split after a space, and keeps its indentation', () => {
    expect(fitLine('    if (ready) deploy()', 16)).toEqual(['    if (ready) ', 'deploy()'])
  })

  it('is split within a word if its last space is too far to the left', () => {
    expect(fitLine('a bcdefghijklm', 8)).toEqual(['a bcdefg', 'hijklm'])
  })

  it('is split by bytes, but never within a grapheme', () => {
    expect(fitLine('äöü', 4)).toEqual(['äö', 'ü'])
    expect(fitLine('x👩‍💻y', 12)).toEqual(['x👩‍💻', 'y'])
    expect(fitLine('xx👩‍💻y', 12)).toEqual(['xx', '👩‍💻y'])
    expect(fitLine('日本語', 7)).toEqual(['日本', '語'])
  })

  it('equals its joined pieces, each of which is within the limit', () => {
    const texts = fc
      .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(' '), fc.constant('👩‍💻é')))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, fc.integer({ min: 4, max: 60 }), (text, limit) => {
        const line = Buffer.from(text).toString() // without lone surrogates
        const pieces = fitLine(line, limit)
        expect(pieces.join('')).toBe(line)
        for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(limit)
        expect(pieces.every((piece) => Buffer.from(piece).toString() === piece && piece !== '')).toBe(true)
      }),
    )
  })
})
