import { describe, expect, it } from 'vitest'
import { command } from '../../src/model/command.js'
import type { Options } from '../../src/model/option.js'
import { say } from '../../src/model/reply.js'
import { compileOptions } from '../../src/parsing/compile-options.js'
import { optionTypes } from '../../src/parsing/option-types/table.js'
import { optionTable, usageLine } from '../../src/parsing/usage.js'
import { testRoom } from '../../src/testing/test-room.js'

describe('compileOptions', () => {
  it('names what is wrong with a definition', () => {
    for (const [definition, message] of [
      [{ a: { type: 'colour' } }, 'option a: type "colour" is not one of string,'],
      [{ a: { type: 'toString' } }, 'option a: type "toString" is not one of string,'],
      [{ a: undefined }, 'option a: it must be an object with a type'],
      [{ ['__proto__']: { type: 'string' } }, 'option __proto__: a name must start with a letter'],
      [{ 'a b': { type: 'string' } }, 'option a b: a name must start with a letter'],
      [{ a: { type: 'choice' } }, 'option a: choices must be a list'],
      [{ a: { type: 'choice', choices: ['x', 'X'] } }, 'option a: choices must be a list of different texts'],
      [{ a: { type: 'choice', choices: ['x'], default: 'y' } }, 'option a: its default must be x'],
      [{ a: { type: 'choice', choices: ['x', ''] } }, 'option a: choices must be a list of different texts'],
      [{ a: { type: 'integer', default: 'x' } }, 'option a: its default is not of type integer'],
      [{ a: { type: 'integer', default: 1.5 } }, 'option a: its default must be a whole number'],
      [{ a: { type: 'integer', default: 9, max: 5 } }, 'option a: its default must be at most 5'],
      [{ a: { type: 'integer', min: 9, max: 5 } }, 'option a: min is greater than max'],
      [{ a: { type: 'string', default: ['x'] } }, 'option a: its default is a list'],
      [{ a: { type: 'string', required: true, default: 'x' } }, 'option a: it is required'],
      [{ a: { type: 'string', ask: true } }, 'option a: ask works only with required'],
      [{ a: { type: 'string', pattern: 'x' } }, 'option a: pattern must be a regular expression'],
      [{ a: { type: 'string', alias: '-x' } }, 'option a: its alias must be'],
      [{ a: { type: 'string', schema: {} } }, 'option a: schema must be a Standard Schema'],
      [{ a: { type: 'string', positionl: true } }, 'option a: unknown key “positionl” (did you mean positional?)'],
      [{ a: { type: 'string', description: 'x' } }, 'option a: unknown key “description” (did you mean summary?)'],
      [{ a: { type: 'integer', minimum: 1 } }, 'option a: unknown key “minimum” (did you mean min?)'],
      [{ a: { type: 'string', min_length: 1 } }, 'option a: unknown key “min_length” (did you mean min?)'],
      [{ a: { type: 'string', optional: true } }, '“optional” (options are optional unless they are required)'],
      [{ a: { type: 'string', toString: 1 } }, 'option a: unknown key “toString” (there are type, summary, alias,'],
      [{ a: { type: 'boolean', minimum: 1 } }, 'option a: unknown key “minimum” (there are type, summary, alias,'],
      [{ a: {} }, 'option a: type is missing: it must be one of string,'],
      [{ a: { type: 'integer', min: '1' } }, 'option a: min must be a number'],
      [{ a: { type: 'duration', max: 'soon' } }, 'option a: max must be milliseconds, or a string like 5m'],
      [{ a: { type: 'duration', default: 'soon' } }, 'option a: its default is not of type duration'],
      [{ a: { type: 'string', default: 5 } }, 'option a: its default is not of type string'],
      [{ a: { type: 'boolean', default: 'yes' } }, 'option a: its default is not of type boolean'],
      [{ a: { type: 'user', default: '@ada' } }, 'option a: its default is not of type user'],
      [{ a: { type: 'duration', min: '2h', max: '1h' } }, 'option a: min is greater than max'],
      [{ a: { type: 'boolean', min: 1 } }, 'option a: type boolean has no min'],
      [{ a: { type: 'choice', choices: ['x'], pattern: /x/ } }, 'option a: type choice has no pattern'],
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
        'options a and b: only one can take the rest of the line',
      ],
      [
        { a: { type: 'string', rest: true }, b: { type: 'string', positional: true } },
        'option a: a `rest` option must be the last',
      ],
    ] as const) {
      expect(() => compileOptions(definition as unknown as Options), message).toThrow(message)
    }
    expect(() => compileOptions([] as unknown as Options)).toThrow('options must be an object')
  })

  it('tells all that is wrong at once', () => {
    const definition = {
      count: { type: 'integer', minimum: 1, pattern: /x/, required: true, default: 1 },
      env: { type: 'choice' },
      late: { type: 'string', positional: true, default: 5 },
      first: { type: 'string', positional: true },
      second: { type: 'string', positional: true, required: true, alias: 'first' },
    }
    expect(() => compileOptions(definition as unknown as Options)).toThrow(
      [
        'option count: type integer has no pattern',
        'option count: unknown key “minimum” (did you mean min?)',
        'option count: it is required, so its default would never be used',
        'option env: choices must be a list of different texts',
        'option late: its default is not of type string',
        'option second: it is required, so it must come before optional positionals',
        'options first and second would both be called first',
      ].join('; '),
    )
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
    expect(await room.type('/wait 2h')).toMatchObject([
      { text: expect.stringContaining('must be between 1m and 1h, not “2h”') },
    ])
    expect(await room.type('/help wait')).toMatchObject([{ text: expect.stringContaining('default 5m') }])
  })
})

describe('a default', () => {
  it('is given as if it had been typed', async () => {
    const show = command({
      summary: 'Shows',
      options: {
        env: { type: 'choice', choices: ['Prod'], default: 'prod' as 'Prod' },
        loud: { type: 'boolean', default: false },
        n: { type: 'number', many: true, default: [1, -2.5] },
      },
      run: ({ options }) => JSON.stringify(options),
    })
    const room = testRoom({ show })
    expect(await room.type('/show')).toEqual([say('{"env":"Prod","loud":false,"n":[1,-2.5]}')])
    expect(await room.type('/help show')).toMatchObject([{ text: expect.stringContaining('default no') }])
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
      '--wait-time <duration>  (a duration, like 90s, 5m or 1h30m; required)',
      '--tag, --label <text>   (may be given more than once)',
      'note',
    ])
  })

  it('tells the bounds of every type', () => {
    const bounded = {
      text: { type: 'string', min: 2, max: 80, pattern: /[a-z]+/ },
      initial: { type: 'string', max: 1 },
      ratio: { type: 'number', min: 0.5 },
      count: { type: 'integer', min: 1, max: 50, default: 10 },
      same: { type: 'integer', min: 3, max: 3 },
      sure: { type: 'boolean', default: true },
      env: { type: 'choice', choices: ['staging', 'prod'] },
      wait: { type: 'duration', min: '90s', max: 3_600_000, default: 5_400_000 / 2 },
      on: { type: 'date', max: '2030-12-31', default: '2030-02-28' },
      who: { type: 'user', many: true },
      where: { type: 'room' },
    } satisfies Options
    expect(new Set(Object.values(bounded).map(({ type }) => type))).toEqual(new Set(Object.keys(optionTypes)))
    const told = optionTable(compileOptions(bounded)).map((line) => line.replace(/^(--\w+).* {2}/, '$1 '))
    expect(told).toEqual([
      '--text (between 2 and 80 characters; matching [a-z]+)',
      '--initial (at most 1 character)',
      '--ratio (a number; at least 0.5)',
      '--count (a whole number; between 1 and 50; default 10)',
      '--same (a whole number; exactly 3)',
      '--sure (default yes)',
      '--env (staging, prod)',
      '--wait (a duration, like 90s, 5m or 1h30m; between 1m30s and 1h; default 45m)',
      '--on (a date, like 2030-02-28; 2030-12-31 or earlier; default 2030-02-28)',
      '--who (a person, like @alice; may be given more than once)',
      '--where (a room, like #general)',
    ])
  })
})
