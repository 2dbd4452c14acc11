import { describe, expect, it } from 'vitest'
import { shorten } from '../../src/shared/text.js'

describe('a shortened text', () => {
  it('is as long as it may be, and shows that something is missing', () => {
    expect(shorten('abcdef', 6)).toBe('abcdef')
    expect(shorten('abcdef', 5)).toBe('abcd…')
  })

  it('ends with a whole character', () => {
    expect(shorten('abc😀d', 5)).toBe('abc…')
    expect(shorten('abe\u0301d', 4)).toBe('ab…')
    expect(shorten('x👩\u200d👧y', 5)).toBe('x…')
    expect(shorten('😀x', 2)).toBe('…')
  })
})
