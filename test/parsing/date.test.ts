import { describe, expect, it } from 'vitest'
import { command, say, whisper } from '../../src/authoring.js'
import type { DateOption, Option, StandardSchema } from '../../src/model/option.js'
import { compileOptions } from '../../src/parsing/compile-options.js'
import { parse } from '../../src/parsing/parse-options.js'
import { tokenize } from '../../src/parsing/tokenize.js'
import { testRoom } from '../../src/testing/test-room.js'
import { fc } from '../fixtures/property.js'
import { codeIn } from '../prompts/code-in.js'

async function read(option: Omit<DateOption, 'type'>, typed: string): Promise<unknown> {
  const line = `/x ${typed}`
  const result = await parse(compileOptions({ on: { type: 'date', ...option } }), line, tokenize(line).slice(1))
  return 'values' in result ? result.values['on'] : result.errors.map(({ message }) => message).join(' ')
}

describe('a day', () => {
  it('is a real one, given as it is written', async () => {
    for (const day of ['2030-02-28', '2028-02-29', '2000-02-29', '0000-01-01', '9999-12-31']) {
      for (const typed of [`--on ${day}`, `--on=${day}`, `on:${day}`, `--on “${day}”`]) {
        expect(await read({}, typed)).toBe(day)
      }
    }
    expect(await read({}, '--on ２０３０-０２-２８')).toBe('2030-02-28')
    expect(await read({}, '--on 2030–02–28')).toBe('2030-02-28')
  })

  it('is refused with its form where it is none', async () => {
    for (const typed of [
      'tomorrow',
      '2030-2-8',
      '2030-02-30',
      '2030-02-29',
      '1900-02-29',
      '2030-13-01',
      '2030-00-10',
      '2030-01-00',
      '28.02.2030',
      '20300228',
      '2030-02-28T10:00',
      '-2030-02-28',
      '12030-02-28',
      '+012030-01',
      '-000001-01',
    ]) {
      expect(await read({}, `--on=${typed}`)).toBe(`--on must be a date, like 2030-02-28, not “${typed}”.`)
    }
  })

  it('lies between its bounds, which belong to it', async () => {
    const year = { min: '2030-01-01', max: '2030-12-31' }
    expect(await read(year, '--on 2030-01-01')).toBe('2030-01-01')
    expect(await read(year, '--on 2030-12-31')).toBe('2030-12-31')
    const outside = '--on must be between 2030-01-01 and 2030-12-31, not'
    expect(await read(year, '--on 2029-12-31')).toBe(`${outside} “2029-12-31”.`)
    expect(await read(year, '--on 2031-01-01')).toBe(`${outside} “2031-01-01”.`)
    expect(await read({ min: '2030-01-01' }, '--on 2029-12-31')).toMatch('must be 2030-01-01 or later, not')
    expect(await read({ max: '2030-12-31' }, '--on 2031-01-01')).toMatch('must be 2030-12-31 or earlier, not')
  })

  it('has a default, may be given more than once, and is handed to a schema', async () => {
    expect(await read({ default: '2030-02-28' }, '')).toBe('2030-02-28')
    expect(await read({ many: true }, '--on 2030-02-28 --on 2030-03-01')).toEqual(['2030-02-28', '2030-03-01'])
    const schema: StandardSchema<number> = {
      '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: Number(String(value).slice(0, 4)) }) },
    }
    expect(await read({ schema }, '--on 2030-02-28')).toBe(2030)
  })

  it('in a definition is looked at when it is loaded', () => {
    for (const [part, message] of [
      [{ min: '2030-02-30' }, 'option on: min must be a date, like 2030-02-28'],
      [{ max: 20300228 }, 'option on: max must be a date, like 2030-02-28'],
      [{ min: new Date(0) }, 'option on: min must be a date, like 2030-02-28'],
      [{ min: '2030-03-01', max: '2030-02-28' }, 'option on: min is greater than max'],
      [{ default: 'tomorrow' }, 'option on: its default is not of type date'],
      [
        { default: '2030-01-01', min: '2030-02-01' },
        'option on: its default must be 2030-02-01 or later, not “2030-01-',
      ],
      [{ pattern: /x/ }, 'option on: type date has no pattern'],
    ] as const) {
      expect(() => compileOptions({ on: { type: 'date', ...part } as Option }), message).toThrow(message)
    }
  })

  it('is any of the calendar, and nothing else', () => {
    const one = compileOptions({ on: { type: 'date' } }).options[0]
    const upTo = (max: number) => fc.integer({ min: 0, max })
    fc.assert(
      fc.property(upTo(9999), upTo(13), upTo(32), (year, month, day) => {
        const text = [`${year}`.padStart(4, '0'), `${month}`.padStart(2, '0'), `${day}`.padStart(2, '0')].join('-')
        const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
        const longest = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
        if (day >= 1 && day <= longest) expect(one?.read(text)).toEqual({ value: text })
        else expect(one?.read(text)).toHaveProperty('error')
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a command with a day', () => {
  const freeze = command({
    summary: 'Stops deploys',
    options: { from: { type: 'date', required: true, ask: true, min: '2030-01-01', summary: 'The first day' } },
    run: ({ options }) => say(`Frozen from ${options.from}`),
  })

  it('asks for it, says what it looks like, and takes the answer', async () => {
    const room = testRoom({ freeze })
    const asked = await room.type('/freeze')
    const code = codeIn(asked)
    expect(asked).toEqual([
      whisper(
        `Which from?\nThe first day\nIt must be a date, like 2030-02-28, 2030-01-01 or later.\nType /answer ${code} <from> within 5m.`,
      ),
    ])
    expect(await room.type(`/answer ${code} tomorrow`)).toEqual([
      whisper(`--from must be a date, like 2030-02-28, not “tomorrow”.\nType /answer ${code} <from>.`),
    ])
    expect(await room.type(`/answer ${code} 2030-02-28`)).toEqual([say('Frozen from 2030-02-28')])
  })

  it('shows it in its usage and in /help', async () => {
    const room = testRoom({ freeze })
    expect(await room.type('/help freeze')).toMatchObject([
      {
        text: expect.stringContaining(
          'Stops deploys<pre>/freeze --from &lt;date&gt;</pre>\n' +
            '<pre>--from &lt;date&gt;  The first day (a date, like 2030-02-28; 2030-01-01 or later; required)</pre>',
        ),
      },
    ])
  })
})
