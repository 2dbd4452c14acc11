import { describe, expect, it } from 'vitest'
import { describeJsonError } from '../../src/simulator/describe-json-error.js'
import { fc } from '../fixtures/property.js'

describe('what is wrong with a text that is not JSON', () => {
  it.each([
    ['', 'it ends too early at line 1, column 1 (position 0)'],
    ['{"a": 1', 'it ends too early at line 1, column 8 (position 7)'],
    ['{"a": abc}', 'unexpected "a" at line 1, column 7 (position 6)'],
    ['{"a": 1,}', 'unexpected "}" at line 1, column 9 (position 8)'],
    ['{\n  "a": 1\n  "b": 2\n}', 'unexpected "\\"" at line 3, column 3 (position 13)'],
    ["{'a': 1}", 'unexpected "\'" at line 1, column 2 (position 1)'],
    ['[1, 2}', 'unexpected "}" at line 1, column 6 (position 5)'],
    ['{"a": 1} x', 'unexpected "x" at line 1, column 10 (position 9)'],
    ['[01]', 'unexpected "1" at line 1, column 3 (position 2)'],
    ['💥', 'unexpected "💥" at line 1, column 1 (position 0)'],
  ])('%j: %s', (text, error) => {
    expect(describeJsonError(text)).toBe(error)
  })

  it('is said of exactly those that JSON.parse refuses', () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const nearly = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"1e-.\\ tn')).map(([json, at, sign]) => {
      const place = at % (json.length + 1)
      return json.slice(0, place) + sign + json.slice(place + 1)
    })
    fc.assert(
      fc.property(fc.oneof(nearly, fc.json(), fc.string()), (text) => {
        expect(describeJsonError(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('is found in deep ones too', () => {
    expect(describeJsonError('['.repeat(500_000))).toContain('it ends too early')
  })
})
