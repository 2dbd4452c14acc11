import { describe, expect, it } from 'vitest'
import type { Option } from '../../../src/model/option.js'
import { compileOptions } from '../../../src/parsing/compile-options.js'
import { optionTypes } from '../../../src/parsing/option-types/table.js'
import { buildCommands } from '../../../src/platforms/discord/commands/application-commands.js'
import { mapOption } from '../../../src/platforms/discord/commands/option-mapping.js'
import { fc } from '../../fixtures/property.js'
import { load } from './bot.js'

const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -9, max: 9_000 }))
const bounds = fc.record({ min: number, max: number }, { requiredKeys: [] })
const options: fc.Arbitrary<Option> = fc
  .record({ type: fc.constantFrom(...Object.keys(optionTypes)), bounds, many: fc.boolean() })
  .map(({ type, bounds, many }) => ({ type, ...bounds, many, choices: ['a'] }))
  .map(({ choices, ...rest }) => (rest.type === 'choice' ? { choices, type: rest.type } : rest) as Option)
  .filter(compiles)

function compiles(option: Option): boolean {
  try {
    compileOptions({ option })
    return true
  } catch {
    return false
  }
}

describe('an option as Discord is told of it', () => {
  it('has bounds of the kind and size that Discord takes for its type, and no others', () => {
    const whole = (least: number) => (value: number) => Number.isInteger(value) && value >= least && value <= 6_000
    const fits = {
      min_value: (value: number, type: number) => Math.abs(value) < 2 ** 53 && (type === 10 || Number.isInteger(value)),
      max_value: (value: number, type: number) => Math.abs(value) < 2 ** 53 && (type === 10 || Number.isInteger(value)),
      min_length: whole(0),
      max_length: whole(1),
    }
    const takes: Readonly<Record<number, readonly string[]>> = {
      3: ['min_length', 'max_length'],
      4: ['min_value', 'max_value'],
      10: ['min_value', 'max_value'],
    }
    fc.assert(
      fc.property(options, (option) => {
        const { type, choices, autocomplete, ...sent } = mapOption(option)
        for (const [bound, value] of Object.entries(sent)) {
          expect(takes[type], `${bound} for type ${type}`).toContain(bound)
          expect(fits[bound as keyof typeof fits](value as number, type), `${bound} ${value}`).toBe(true)
        }
        const { min_value = -Infinity, max_value = Infinity } = sent
        expect(min_value).toBeLessThanOrEqual(max_value)
      }),
      { numRuns: 500 },
    )
  })

  it('tells nothing of bounds that no whole number keeps, which Discord would refuse with all other commands', () => {
    expect(mapOption({ type: 'integer', min: 0.2, max: 0.8 })).toEqual({ type: 4 })
    expect(mapOption({ type: 'integer', max: 1e20 })).toEqual({ type: 4, max_value: Number.MAX_SAFE_INTEGER })
    expect(mapOption({ type: 'string', min: 2.5, max: 7.5 })).toEqual({ type: 3, min_length: 3, max_length: 7 })
  })

  it('says what it looks like where Discord takes any text, however long its summary', () => {
    const summary = 'How long until the next one of them is woken up again. '.repeat(3)
    const { commands } = buildCommands([load('wake', { options: { in: { type: 'duration', summary } } })])
    const description = commands[0]?.options?.[0]?.description
    expect(description).toMatch(/^How long until .*… \(a duration, like 90s, 5m or 1h30m\)$/)
    expect(description?.length).toBeLessThanOrEqual(100)
  })
})
