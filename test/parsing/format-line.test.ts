import { expect, it } from 'vitest'
import type { Options } from '../../src/model/option.js'
import { compileOptions } from '../../src/parsing/compile-options.js'
import { formatLine } from '../../src/parsing/format-line.js'
import { optionTypes } from '../../src/parsing/option-types/table.js'
import { parse } from '../../src/parsing/parse-options.js'
import { tokenize } from '../../src/parsing/tokenize.js'
import { fc } from '../fixtures/property.js'

const options = {
  text: { type: 'string' },
  tags: { type: 'string', many: true },
  ratio: { type: 'number' },
  topN: { type: 'integer' },
  loud: { type: 'boolean' },
  noLoud: { type: 'boolean' },
  env: { type: 'choice', choices: ['staging', 'on “prod”'] },
  wait: { type: 'duration' },
  from: { type: 'date' },
  who: { type: 'user' },
  where: { type: 'room' },
} satisfies Options

it('writes options of every type as a line that means exactly them', async () => {
  expect(new Set(Object.values(options).map(({ type }) => type))).toEqual(new Set(Object.keys(optionTypes)))
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'"\'\\“”„«»‘’-—–= :\n\tab1<>@#$', '😀'), maxLength: 9 }),
    fc.constantFrom('--', '--env', '—env', 'env:prod', '-5', 'true', '', '/x', '2030-02-28'),
  )
  const given = fc.record(
    {
      text,
      tags: fc.array(text, { minLength: 1, maxLength: 3 }),
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      topN: fc.maxSafeInteger(),
      loud: fc.boolean(),
      noLoud: fc.boolean(),
      env: fc.constantFrom(...options.env.choices),
      wait: fc.integer({ min: 0, max: 10 ** 12 }),
      from: fc.integer({ min: 0, max: 99_999 }).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
    },
    { requiredKeys: ['tags'] },
  )
  const compiled = compileOptions(options)
  await fc.assert(
    fc.asyncProperty(given, async (values) => {
      const line = formatLine('do', values, compiled)
      expect(await parse(compiled, line, tokenize(line).slice(1)), line).toEqual({ values })
    }),
    { numRuns: 300 },
  )
})
