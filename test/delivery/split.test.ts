import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitReply, splitText } from '../../src/delivery/split.js'
import { card, say } from '../../src/model/reply.js'

describe('a text longer than the platform takes', () => {
  it('is split at line ends', () => {
    expect(splitText('one\ntwo\nthree', 8)).toEqual(['one\ntwo', 'three'])
  })

  it('is split at spaces where a line is too long', () => {
    expect(splitText('alpha beta gamma', 11)).toEqual(['alpha beta ', 'gamma'])
  })

  it('is split between characters where a word is too long, never inside one', () => {
    expect(splitText('😀😀😀', 3)).toEqual(['😀', '😀', '😀'])
  })

  it('is split between graphemes', () => {
    const family = '👩\u200d👩\u200d👧'
    expect(splitText(`ab${family}c`, 9)).toEqual(['ab', `${family}c`])
    expect(splitText('cafe\u0301', 4)).toEqual(['caf', 'e\u0301'])
    expect(splitText('🇩🇪🇫🇷', 6)).toEqual(['🇩🇪', '🇫🇷'])
    expect(splitText(`e${'\u0301'.repeat(9)}`, 5).join('')).toBe(`e${'\u0301'.repeat(9)}`)
  })

  it('loses nothing but line ends, and no piece is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 2, max: 50 }), (text, limit) => {
        const parts = splitText(text, limit)
        expect(parts.every((part) => part.length <= limit)).toBe(true)
        expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
      }),
    )
  })

  it('sounds once', () => {
    expect(splitReply(say('one\ntwo', { notify: true }), 4)).toEqual([
      say('one', { notify: true }),
      say('two', { notify: false }),
    ])
  })

  it('leaves short texts and cards as they are', () => {
    expect(splitReply(say('one'), 4)).toEqual([say('one')])
    expect(splitReply(card({ title: 'a long title' }), 4)).toHaveLength(1)
  })
})
