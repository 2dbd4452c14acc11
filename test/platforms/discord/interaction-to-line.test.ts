import { describe, expect, it } from 'vitest'
import type { Options } from '../../../src/model/option.js'
import { compileOptions } from '../../../src/parsing/compile-options.js'
import { parse } from '../../../src/parsing/parse-options.js'
import { tokenize } from '../../../src/parsing/tokenize.js'
import {
  interactionToLine,
  readInteractionOptions,
  splitList,
} from '../../../src/platforms/discord/commands/interaction-to-line.js'
import { commandData } from '../../fixtures/discord.js'
import { fc } from '../../fixtures/property.js'

const takes = compileOptions({
  service: { type: 'string', positional: true },
  words: { type: 'string', rest: true },
  env: { type: 'string', alias: 'e' },
  count: { type: 'integer' },
  share: { type: 'number' },
  verbose: { type: 'boolean', alias: 'v' },
  roundTime: { type: 'string' },
} satisfies Options)

const write = (path: string, options: readonly Record<string, unknown>[], resolved = {}, lists: string[] = []) =>
  interactionToLine(readInteractionOptions(commandData(path, options)), resolved, (name) => lists.includes(name))

async function read(line: string): Promise<unknown> {
  const words = tokenize(line)
  expect(words.slice(0, 2).map(({ text }) => text)).toEqual(['/deploy', 'status'])
  return await parse(takes, line, words.slice(2))
}

describe('what was chosen', () => {
  it('is written as one would type it', () => {
    const options = [
      { name: 'env', type: 3, value: 'prod' },
      { name: 'service', type: 3, value: 'a b' },
      { name: 'count', type: 4, value: -5 },
      { name: 'verbose', type: 5, value: true },
    ]
    expect(write('deploy status', options)).toBe('/deploy status --env prod --service "a b" --count -5 --verbose')
    expect(write('ping', [])).toBe('/ping')
    expect(write('a b c', [{ name: 'x', type: 5, value: false }])).toBe('/a b c --x=false')
  })

  it('names people and rooms by id, and rooms by name too', () => {
    const options = [
      { name: 'who', type: 6, value: '14' },
      { name: 'where', type: 7, value: '13' },
      { name: 'there', type: 7, value: '12' },
    ]
    const resolved = { channels: { '13': { name: 'ops' } } }
    expect(write('move', options, resolved)).toBe('/move --who <@14> --where <#13|ops> --there <#12>')
  })

  it('writes each value of an option that takes several', () => {
    const options = [{ name: 'names', type: 3, value: 'alice "bob b"  --env' }]
    expect(write('invite', options, {}, ['names'])).toBe('/invite --names alice --names "bob b" --names "--env"')
    const split = (text: string) => splitList(text).map((word) => word.text)
    expect(split('a "b c" "" d"e')).toEqual(['a', 'b c', '', 'd"e'])
    for (const quoted of ['“deep blue”', "'deep blue'", '‘deep blue’', '„deep blue“', '«deep blue»', '"deep blue"'])
      expect(split(`red ${quoted}  it's`)).toEqual(['red', 'deep blue', "it's"])
    expect(split('／a \\"b')).toEqual(['／a', '\\"b'])
  })

  it('is read back as exactly what was chosen', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(...'"\'\\“”„«»‘’-—–= :\n\t/ab1<>@#$`​‎'), maxLength: 12 }),
      fc.constantFrom(
        '--',
        '--env',
        '-e',
        '—env',
        '--env=x',
        'env:prod',
        '-5',
        'true',
        '',
        ' ',
        '"',
        '\\',
        '\\"',
        '/x',
      ),
    )
    const chosen = fc.record(
      {
        service: value,
        words: value,
        env: value,
        'round-time': value,
        count: fc.maxSafeInteger(),
        share: fc.double({ noNaN: true, noDefaultInfinity: true }),
        verbose: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    const typeOf = (one: unknown) => (typeof one === 'string' ? 3 : typeof one === 'number' ? 10 : 5)
    await fc.assert(
      fc.asyncProperty(chosen, async (given) => {
        const options = Object.entries(given).map(([name, one]) => ({ name, type: typeOf(one), value: one }))
        const expected = Object.fromEntries(
          Object.entries(given).map(([name, one]) => [
            name === 'round-time' ? 'roundTime' : name,
            Object.is(one, -0) ? 0 : one,
          ]),
        )
        expect(await read(write('deploy status', options))).toEqual({ values: expected })
      }),
      { numRuns: 500 },
    )
  })

  it('survives what no service would send', () => {
    const odd = [
      {},
      { name: 'x', options: [] },
      { name: 'x', options: [{}] },
      { name: 'x', options: [{ type: 1, name: 'y' }] },
      { name: 'x', options: [{ name: 'y', type: 3, value: { z: 1 } }] },
    ]
    for (const data of odd)
      expect(typeof interactionToLine(readInteractionOptions(data), {}, () => true)).toBe('string')
  })
})
