import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Invocation } from '../../src/model/invocation.js'
import type { Option, Options, StandardSchema } from '../../src/model/option.js'
import { compileOptions } from '../../src/parsing/compile-options.js'
import { parse } from '../../src/parsing/parse-options.js'
import { tokenize } from '../../src/parsing/tokenize.js'
import { growthBySteps, linear } from '../fixtures/growth.js'
import { fc } from '../fixtures/property.js'
import { findShared } from '../fixtures/shared.js'

const deploy: Options = {
  service: { type: 'string', positional: true },
  env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e' },
  verbose: { type: 'boolean', alias: 'v' },
  count: { type: 'integer', alias: 'n', min: -10, max: 5 },
  tag: { type: 'string', many: true },
  roundTime: { type: 'duration' },
}
const say: Options = {
  who: { type: 'user', positional: true, required: true },
  text: { type: 'string', positional: true, rest: true },
  silent: { type: 'boolean', alias: 's' },
}

describe('parse', () => {
  it('takes positionals in order, and options in every form', async () => {
    const expected = { service: 'api', env: 'prod', tag: [] }
    for (const typed of [
      'api --env prod',
      'api --env=prod',
      'api -e prod',
      'api -eprod',
      'api -e=prod',
      'api env:prod',
      'api e:prod',
      'api env: prod',
      'api —env prod',
      'api —env=“prod”',
      '--env prod api',
      'api --ENV PROD',
      'api -env prod',
      '“api” env:"prod"',
      '--service api --env prod',
      'service:api env：prod',
    ]) {
      expect(await read(deploy, typed), typed).toEqual(expected)
    }
  })

  it('takes booleans said, denied and spelled out', async () => {
    for (const [typed, verbose] of [
      ['--verbose', true],
      ['-v', true],
      ['--no-verbose', false],
      ['—no-verbose', false],
      ['--verbose=no', false],
      ['verbose:yes', true],
      ['--verbose false', false],
      ['-v -v --no-verbose', false],
      ['-ve prod', true],
      ['-vvn5', true],
    ] as const) {
      expect(await read(deploy, typed), typed).toMatchObject({ verbose })
    }
  })

  it('takes a negative number as a value', async () => {
    expect(await read(deploy, '-n -5')).toMatchObject({ count: -5 })
    expect(await read(deploy, '--count –5')).toMatchObject({ count: -5 })
    expect(await read(deploy, '-7')).toMatchObject({ service: '-7' })
  })

  it('takes what comes after -- as words, and quoted dashes too', async () => {
    expect(await read(deploy, '-- --env')).toMatchObject({ service: '--env' })
    expect(await read(deploy, '"--env"')).toMatchObject({ service: '--env' })
    expect(await read(deploy, '“env:prod”')).toMatchObject({ service: 'env:prod' })
    expect(await read(deploy, '--tag "--env" --tag "#0"')).toMatchObject({ tag: ['--env', '#0'] })
  })

  it('takes a colon as an option only where it names one', async () => {
    expect(await read(deploy, 'http://x')).toMatchObject({ service: 'http://x' })
    expect(await read(deploy, 'env://x')).toMatchObject({ service: 'env://x' })
    expect(await read(deploy, 'at:14:24')).toMatchObject({ service: 'at:14:24' })
  })

  it('takes an option as often as it is many', async () => {
    expect(await read(deploy, '--tag a tag:b --tag="c d"')).toMatchObject({ tag: ['a', 'b', 'c d'] })
    expect(await errorsOf(deploy, '-e prod --env staging')).toEqual(['--env was given more than once.'])
  })

  it('finds an option of two words by its hyphen', async () => {
    expect(await read(deploy, '--round-time 1h30m')).toMatchObject({ roundTime: 5_400_000 })
    expect(await read(deploy, 'roundtime:90s')).toMatchObject({ roundTime: 90_000 })
  })

  it('gives what is left as typed', async () => {
    expect(await read(say, '@joe hello   "there" --silent “x”  ')).toEqual({
      who: { name: 'joe' },
      text: 'hello   "there" --silent “x”',
    })
    expect(await read(say, '-s @joe -- -x')).toEqual({ who: { name: 'joe' }, text: '-x', silent: true })
    expect(await read(say, '--who joe hi  there')).toEqual({ who: { name: 'joe' }, text: 'hi  there' })
    expect(await read(say, '@joe --text short')).toEqual({ who: { name: 'joe' }, text: 'short' })
    expect(await read(say, '@joe')).toEqual({ who: { name: 'joe' } })
  })

  it('gives what is left as a list where it is many', async () => {
    const pick: Options = {
      names: { type: 'string', positional: true, rest: true, many: true },
      count: { type: 'integer' },
    }
    expect(await read(pick, 'a "b c" --count 2 d')).toEqual({ names: ['a', 'b c', 'd'], count: 2 })
    expect(await read(pick, '')).toEqual({ names: [] })
  })

  it('tells several faults at once, and what was probably meant', async () => {
    expect(
      await errorsOf({ ...deploy, sure: { type: 'string', required: true } }, '--cuont 3 a b c --env prd -n 99'),
    ).toEqual([
      'There is no option “--cuont”. Did you mean --count?',
      'There are 2 words too many: “b c”.',
      '--env must be staging or prod, not “prd”. Did you mean prod?',
      '--count must be between -10 and 5, not “99”.',
      '--sure is missing.',
    ])
  })

  it('tells what is wrong with each type', async () => {
    const one = async (option: Option, typed: string) => (await errorsOf({ it: option }, `--it=${typed}`)).at(0)
    expect(await one({ type: 'number' }, 'x')).toBe('--it must be a number, not “x”.')
    expect(await one({ type: 'integer' }, '1.5')).toBe('--it must be a whole number, not “1.5”.')
    expect(await one({ type: 'integer' }, '0x10')).toBe('--it must be a whole number, not “0x10”.')
    expect(await one({ type: 'number', min: 1 }, '0')).toBe('--it must be at least 1, not “0”.')
    expect(await one({ type: 'boolean' }, 'maybe')).toBe('--it must be yes or no, not “maybe”.')
    expect(await one({ type: 'duration' }, 'soon')).toBe('--it must be a duration, like 90s, 5m or 1h30m, not “soon”.')
    expect(await one({ type: 'duration', max: 60_000 }, '2m')).toBe('--it must be at most 1m, not “2m”.')
    expect(await one({ type: 'string', min: 2, max: 3 }, 'a')).toBe('--it must have between 2 and 3 characters, not 1.')
    expect(await one({ type: 'string', min: 1 }, '')).toBe('--it must have at least 1 character, not 0.')
    expect(await one({ type: 'string', pattern: /\d+/ }, 'a1')).toBe('--it cannot be “a1”: it must match \\d+.')
    expect(await one({ type: 'user' }, '@')).toBe('--it must be a person, like @alice, not “@\u2060”.')
    expect(await one({ type: 'room' }, '#')).toBe('--it must be a room, like #general, not “#”.')
    expect(await errorsOf({ it: { type: 'string' } }, '--it')).toEqual(['--it needs a value.'])
    expect(await errorsOf({ it: { type: 'string' }, on: { type: 'boolean' } }, '--it --on')).toEqual([
      '--it needs a value.',
    ])
    expect(await errorsOf({}, 'word')).toEqual(['There is a word too many: “word”.'])
  })

  it('reads numbers as they are typed in Asia too', async () => {
    expect(await read({ it: { type: 'number' } }, '--it ４２')).toEqual({ it: 42 })
    expect(await read({ it: { type: 'number' } }, '--it 1e3')).toEqual({ it: 1000 })
  })

  it('knows people by their mention, their name and their platform', async () => {
    const who: Options = { who: { type: 'user', positional: true } }
    const bob = { id: '7', name: 'Bob B.', mention: 'bob' }
    for (const typed of ['@bob', 'BOB', '“Bob B.”', '<@7>', '<@!7>', '<@7|bob>']) {
      expect(await read(who, typed), typed).toEqual({ who: bob })
    }
    expect(await read(who, '<@U9|eve>')).toEqual({ who: { id: 'U9', name: 'eve' } })
    expect(await read(who, '@carol')).toEqual({ who: { name: 'carol' } })
  })

  it('knows rooms by their name, their id and their platform', async () => {
    const where: Options = { where: { type: 'room', positional: true } }
    expect(await read(where, '#ops')).toEqual({ where: { id: '1', name: 'Ops' } })
    expect(await read(where, '1')).toEqual({ where: { id: '1', name: 'Ops' } })
    expect(await read(where, '<#C9|dev>')).toEqual({ where: { id: 'C9', name: 'dev' } })
    expect(await read(where, '12345')).toEqual({ where: { id: '12345', name: '12345' } })
    expect(await read(where, '#dev')).toEqual({ where: { name: 'dev' } })
  })

  it('hands values and defaults to a schema, and gives what it puts out', async () => {
    const upper: StandardSchema<string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) =>
          String(value).length < 4 ? { value: String(value).toUpperCase() } : { issues: [{ message: 'is too long' }] },
      },
    }
    const options: Options = {
      it: { type: 'string', schema: upper, default: 'def' },
      all: { type: 'string', schema: upper, many: true },
    }
    expect(await read(options, '--all a --all b')).toEqual({ it: 'DEF', all: ['A', 'B'] })
    expect(await errorsOf(options, '--it long')).toEqual(['--it: is too long'])
  })

  it('is harmless to names that JavaScript knows', async () => {
    expect(await errorsOf(deploy, '--__proto__=1 --constructor.x 2 --toString')).toEqual([
      'There is no option “--__proto__”.',
      'There is no option “--constructor.x”.',
      'There is no option “--toString”.',
    ])
    expect(await read(deploy, '__proto__:1')).toMatchObject({ service: '__proto__:1' })
    expect(await read({ constructor: { type: 'string' } as Option }, '--constructor x')).toEqual({ constructor: 'x' })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('never throws, whatever is typed', async () => {
    const prepared = [deploy, say].map((options) => compileOptions(options))
    const part = fc.oneof(
      fc.constantFrom(
        '--',
        '-',
        '--env',
        '-e',
        '-v',
        'env:',
        '--no-verbose',
        '--no-env',
        '---',
        '-ve',
        '=',
        '--=',
        '-n',
        '–5',
        '"',
        '“a b”',
        '--tag=',
        '#0',
        'o0',
        '--o0',
        '-__proto__',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        for (const takes of prepared) {
          const line = `/x ${parts.join(' ')}`
          const parsed = await parse(takes, line, tokenize(line).slice(1))
          expect('values' in parsed || parsed.errors.length > 0).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('takes a line of anything in a time that grows with it, and no faster', async () => {
    const units = [
      'a ',
      '-v ',
      '--tag a ',
      '"',
      '-',
      '-v',
      '--no-verbose ',
      '--x=1 ',
      "'a ",
      '😀',
      'ש',
      '\u0000',
      'env:',
      '@ ',
      '9',
    ]
    for (const unit of units) {
      for (const options of [compileOptions(deploy), compileOptions(say)]) {
        const read = (times: number) => {
          const line = `/x ${unit.repeat((times * 2_500) / unit.length)}`
          return parse(options, line, tokenize(line).slice(1))
        }
        expect(await growthBySteps(read), unit).toBeLessThan(linear)
      }
    }
  })

  it('takes every line that people typed', async () => {
    const file = findShared('hipchat/corpus/messages.txt')
    if (!file) return
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      for (const options of [deploy, say, {}]) {
        await expect(parse(compileOptions(options), line, tokenize(line).slice(1)), line).resolves.toBeDefined()
      }
    }
  })
})

const invocation: Invocation = {
  id: '1',
  platform: 'test',
  installation: 'i',
  tenant: { id: 't' },
  room: { id: '1', name: 'Ops' },
  user: { id: '6', name: 'alice' },
  text: '',
  mentions: [{ id: '7', name: 'Bob B.', mention: 'bob', roles: ['x'] }],
  at: 0,
  replyTo: null,
}

async function parsed(options: Options, typed: string) {
  const line = `/x ${typed}`
  return parse(compileOptions(options), line, tokenize(line).slice(1), invocation)
}

async function read(options: Options, typed: string) {
  const result = await parsed(options, typed)
  return 'values' in result ? { ...result.values } : result
}

async function errorsOf(options: Options, typed: string) {
  const result = await parsed(options, typed)
  return 'errors' in result ? result.errors.map(({ message }) => message) : []
}
