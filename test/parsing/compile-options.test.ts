import { describe, expect, it } from 'vitest'
import { command } from '../../src/model/command.js'
import type { Options } from '../../src/model/option.js'
import { say } from '../../src/model/reply.js'
import { compileOptions } from '../../src/parsing/compile-options.js'
import { optionTable, usageLine } from '../../src/parsing/usage.js'
import { testRoom } from '../../src/testing/test-room.js'

describe('prepareOptions', () => {
  it('names what is wrong with a definition', () => {
    for (const [definition, message] of [
      [{ a: { type: 'date' } }, 'option a: type "date" is none of string,'],
      [{ a: undefined }, 'option a: it must be an object with a type'],
      [{ ['__proto__']: { type: 'string' } }, 'option __proto__: a name begins with a letter'],
      [{ 'a b': { type: 'string' } }, 'option a b: a name begins with a letter'],
      [{ a: { type: 'choice' } }, 'option a: choices must be a list'],
      [{ a: { type: 'choice', choices: ['x', 'X'] } }, 'option a: choices must be a list of different texts'],
      [{ a: { type: 'choice', choices: ['x'], default: 'y' } }, 'option a: its default must be x'],
      [{ a: { type: 'choice', choices: ['x'], default: 'X' } }, 'option a: its default is not written as'],
      [{ a: { type: 'integer', default: 'x' } }, 'option a: its default is no integer'],
      [{ a: { type: 'integer', default: 1.5 } }, 'option a: its default must be a whole number'],
      [{ a: { type: 'integer', default: 9, max: 5 } }, 'option a: its default must be at most 5'],
      [{ a: { type: 'integer', min: 9, max: 5 } }, 'option a: min is more than max'],
      [{ a: { type: 'string', default: ['x'] } }, 'option a: its default is a list'],
      [{ a: { type: 'string', required: true, default: 'x' } }, 'option a: it is required'],
      [{ a: { type: 'string', ask: true } }, 'option a: ask is for what is required'],
      [{ a: { type: 'string', pattern: 'x' } }, 'option a: pattern must be a regular expression'],
      [{ a: { type: 'string', alias: '-x' } }, 'option a: its alias must be'],
      [{ a: { type: 'string', schema: {} } }, 'option a: schema is no Standard Schema'],
      [{ a: { type: 'string', positionl: true } }, 'option a: there is no part “positionl”; did you mean positional?'],
      [{ a: { type: 'integer', min: '1' } }, 'option a: min must be a number'],
      [{ a: { type: 'duration', max: 'soon' } }, 'option a: max must be milliseconds, or a text such as 5m'],
      [{ a: { type: 'duration', default: 'soon' } }, 'option a: its default is no duration'],
      [{ a: { type: 'duration', default: '2h', max: '1h' } }, 'option a: its default must be at most 1h, not “'],
      [
        { a: { type: 'string', alias: 'x' }, b: { type: 'string', alias: 'X' } },
        'options a and b would both be called x',
      ],
      [{ a: { type: 'string' }, A: { type: 'string' } }, 'options a and A would both be called a'],
      [
        { a: { type: 'string', positional: true }, b: { type: 'string', positional: true, required: true } },
        'option b: it is required, so it must come before',
      ],
      [
        { a: { type: 'string', rest: true }, b: { type: 'string', rest: true } },
        'options a and b: only one can take what is left',
      ],
      [
        { a: { type: 'string', rest: true }, b: { type: 'string', positional: true } },
        'option a: what takes what is left must be the last',
      ],
    ] as const) {
      expect(() => compileOptions(definition as unknown as Options), message).toThrow(message)
    }
    expect(() => compileOptions([] as unknown as Options)).toThrow('options must be an object')
  })
})

describe('a length of time', () => {
  it('may be written in a definition as people write it', async () => {
    const wait = command({
      summary: 'Waits',
      options: {
        for: { type: 'duration', positional: true, default: '5m', min: '1m', max: '1h' },
        more: { type: 'duration', many: true, default: ['90s', 500] },
      },
      run: ({ options }) => `${options.for} ${options.more}`,
    })
    const room = testRoom({ wait })
    expect(await room.type('/wait')).toEqual([say('300000 90000,500')])
    expect(await room.type('/wait 2h')).toMatchObject([{ text: expect.stringContaining('must be 1m to 1h') }])
    expect(await room.type('/help wait')).toMatchObject([{ text: expect.stringContaining('default 5m') }])
  })
})

describe('usage', () => {
  const takes = compileOptions({
    service: { type: 'string', positional: true, required: true, summary: 'Which service' },
    env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e', summary: 'Where' },
    verbose: { type: 'boolean', alias: 'v' },
    waitTime: { type: 'duration', required: true },
    tag: { type: 'string', many: true, alias: 'label' },
    note: { type: 'string', rest: true },
  })

  it('shows the right form in one line', () => {
    expect(usageLine('deploy start', takes)).toBe(
      '/deploy start <service> [note…] [--env staging|prod] [--verbose] --wait-time <duration> [--tag <text> …]',
    )
  })

  it('explains every option in a line of its own', () => {
    expect(optionTable(takes)).toEqual([
      'service                 Which service (required)',
      '--env, -e staging|prod  Where (staging, prod; default staging)',
      '--verbose, -v',
      '--wait-time <duration>  (duration; required)',
      '--tag, --label <text>   (may be given more than once)',
      'note',
    ])
  })
})
