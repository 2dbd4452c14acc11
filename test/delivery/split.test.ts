import { describe, expect, it } from 'vitest'
import { splitReply, splitText } from '../../src/delivery/split.js'
import { card, file, say } from '../../src/model/reply.js'
import { fc } from '../fixtures/property.js'

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

  it('stands before a file where it is too long to stand beside it', () => {
    const long = 'word '.repeat(120).trim()
    const given = file('a.csv', 'x', { text: long, notify: true, tone: 'bad' })
    const { text: _, ...alone } = given
    expect(splitReply(given, 1_000)).toEqual([say(long, { notify: true, tone: 'bad' }), { ...alone, notify: false }])
    const parts = splitReply(given, 400)
    expect(parts.map(({ kind }) => kind)).toEqual(['text', 'text', 'file'])
    expect(parts.map((part) => part.notify)).toEqual([true, false, false])
    expect(splitReply(file('a.csv', 'x', { text: 'short' }), 4)).toHaveLength(1)
  })

  it('leaves short texts and cards as they are', () => {
    expect(splitReply(say('one'), 4)).toEqual([say('one')])
    expect(splitReply(card({ title: 'a long title' }), 4)).toHaveLength(1)
  })
})
