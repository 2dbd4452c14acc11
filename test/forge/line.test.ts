import { describe, expect, it } from 'vitest'
import { type Command, command } from '../../src/model/command.js'
import type { Invocation } from '../../src/model/invocation.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Options } from '../../src/model/option.js'
import { type CompiledOptions, compileOptions } from '../../src/parsing/compile-options.js'
import { parse } from '../../src/parsing/parse-options.js'
import { tokenize } from '../../src/parsing/tokenize.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { builtInNames, casesOf, forge, hostileTexts, type Random, seed } from '../fixtures/forge.js'
import { growthBySteps, linear } from '../fixtures/growth.js'
import { fc } from '../fixtures/property.js'

describe('a line of anything', () => {
  it('is cut into words that are in it, in order', () => {
    const signs = fc.constantFrom(...'ab1/-—–"\'“”‘’«»:=＝： \\\u00A0\u200B\u200D\0\n😀', '\uD800', '--', '／')
    const line = fc.oneof(
      fc.array(signs, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(...hostileTexts),
    )
    const numRuns = casesOf(20)
    console.log(`lines into words: ${numRuns} cases, FORGE_SEED=${seed}`)
    const property = fc.property(line, (typed) => {
      let before = 0
      for (const { start, end, text, plain } of tokenize(typed)) {
        const right = start >= before && end > start && end <= typed.length && plain >= 0 && plain <= text.length
        if (!right || text.length > end - start + 1) return false // a long dash becomes two hyphens
        before = end
      }
      return true
    })
    fc.assert(property, { seed, numRuns })
  })

  it('gives options their values, or says what is wrong, in words for the room', async () => {
    const all = [everyType, namedLikeObjects, greedy].map((options) => compileOptions(options))
    await forge('lines into options', 15, async (random) => {
      const takes = random.pick(all)
      const line = hostileLine(random, takes)
      const parsed = await parse(takes, line, tokenize(line).slice(1), invocation)
      if ('errors' in parsed) {
        expect(parsed.errors.length).toBeGreaterThan(0)
        for (const { message } of parsed.errors) expect(message.length).toBeLessThan(1_000)
        return
      }
      expect(Object.getPrototypeOf(parsed.values)).toBeNull()
      for (const [name, value] of Object.entries(parsed.values)) expectFits(takes, name, value)
      for (const { option, name } of takes.options) if (option.required) expect(parsed.values[name]).toBeDefined()
    })
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('is answered by dispatch, or left alone, and never thrown', async () => {
    const registry = createRegistry()
    registry.replace([
      ...builtInNames
        .filter((name) => !name.startsWith('__'))
        .map((name) => compileCommand(name.toLowerCase(), answering)),
      compileCommand('deploy', answering),
      compileCommand('deploy status', answering),
    ])
    const dispatch = createDispatch({ registry, store: createMemoryStore(), log: silentLogger })
    await forge('lines into answers', 10, async (random) => {
      const [first] = registry.list()
      const text = hostileLine(random, first?.compiledOptions ?? compileOptions({}))
      const steps = dispatch({ ...invocation, text }, new AbortController().signal)
      let step = await steps.next()
      for (; !step.done; step = await steps.next()) expect(JSON.stringify(step.value).length).toBeLessThan(20_000)
      expect(['done', 'usage', 'ignored']).toContain(step.value)
    })
  })

  it('takes time in proportion to its length', async () => {
    for (const unit of units) {
      expect(await growthBySteps(reading(everyType, unit, 3_000)), unit).toBeLessThan(linear)
      expect(await growthBySteps(reading(greedy, unit, 3_000)), unit).toBeLessThan(linear)
      const lines = repeated(unit, 20_000)
      expect(await growthBySteps((times) => tokenize(lines(times))), unit).toBeLessThan(linear)
    }
    // What only shows in very long lines; still longer ones measure the processor's cache.
    for (const unit of ['--tag a ', '--tag=a ', '-v ', '--u1 ', 'a ']) {
      expect(await growthBySteps(reading(everyType, unit, 20_000)), unit).toBeLessThan(linear)
    }
  })
})

describe('a name that every object has', () => {
  it('is a command only where there is one', () => {
    const registry = createRegistry()
    for (const name of builtInNames) {
      expect([name, registry.find([name])]).toEqual([name, undefined])
      expect(registry.suggest(name)).toBeUndefined()
    }
    registry.replace([compileCommand('constructor', answering), compileCommand('deploy status', answering)])
    expect(registry.find(['Constructor'])?.name).toBe('constructor')
    expect(registry.find(['constructor', '__proto__'])?.depth).toBe(1)
    expect(registry.find(['deploy', 'constructor'])?.compiled).toBeUndefined()
    expect(registry.find(['toString'])).toBeUndefined()
  })

  it('is an option only where there is one, which holds what was typed', async () => {
    const takes = compileOptions(namedLikeObjects)
    for (const name of Object.keys(namedLikeObjects)) {
      const line = `/x --${name}=typed`
      expect(await parse(takes, line, tokenize(line).slice(1))).toEqual({ values: { [name]: 'typed' } })
    }
    expect(await parse(takes, '/x', [])).toEqual({ values: {} })
    const bare = compileOptions({})
    for (const name of builtInNames) {
      const line = `/x --${name}=typed ${name}:typed`
      expect(await parse(bare, line, tokenize(line).slice(1))).toHaveProperty('errors')
    }
    expect(() => compileOptions(JSON.parse('{"__proto__": {"type": "string"}}'))).toThrow(
      'a name must start with a letter',
    )
  })
})

function repeated(unit: string, length: number): (times: number) => string {
  const lines = new Map([1, 4, 16].map((times) => [times, `/x ${unit.repeat((length * times) / unit.length)}`]))
  return (times) => lines.get(times) ?? ''
}

function reading(options: Options, unit: string, length: number) {
  const takes = compileOptions(options)
  const lines = repeated(unit, length)
  return async (times: number) => {
    const line = lines(times)
    await parse(takes, line, tokenize(line).slice(1), invocation)
  }
}

const everyType = {
  service: { type: 'string', positional: true, max: 100 },
  env: { type: 'choice', choices: ['staging', 'prod', '__proto__'], alias: 'e' },
  count: { type: 'integer', min: -5, max: 1_000_000, alias: 'n' },
  ratio: { type: 'number' },
  verbose: { type: 'boolean', alias: 'v' },
  wait: { type: 'duration', max: 86_400_000 },
  on: { type: 'date', min: '2030-01-01' },
  who: { type: 'user' },
  where: { type: 'room' },
  tag: { type: 'string', many: true, pattern: /[a-z]+/ },
} satisfies Options

const namedLikeObjects = Object.fromEntries(
  ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', 'length'].map((name) => [
    name,
    { type: 'string' },
  ]),
) as Options

const greedy = {
  to: { type: 'user', positional: true, required: true },
  text: { type: 'string', rest: true, required: true },
  loud: { type: 'boolean' },
} satisfies Options

const answering: Command = command({ summary: 'Answers', options: everyType, run: () => 'ok' })

const invocation: Invocation = {
  id: '1',
  platform: 'test',
  installation: 'i',
  tenant: { id: 't' },
  room: { id: '7', name: 'Lounge' },
  user: { id: '1', name: 'Alice' },
  text: '',
  mentions: [{ id: '2', name: 'Bob', mention: '__proto__' }],
  at: 0,
  replyTo: null,
}

const units = [
  'a ',
  '-v ',
  '--tag a ',
  '--tag=a ',
  '"',
  "'a ",
  '“a',
  '-',
  '--u1 ',
  '--__proto__ ',
  '--no-verbose ',
  'env:',
  '@ ',
  '1h',
  '\\',
  '😀',
  '\0',
  '\u200d',
  '＝',
]

/** A line made of what options look like, of what they are called, and of anything. */
function hostileLine(random: Random, takes: CompiledOptions): string {
  const names = [...takes.byName.keys(), ...builtInNames, 'o0', 'f0', 'u0', '_', '--', '#0']
  const value = () =>
    random.pick([
      ...hostileTexts.filter((text) => text.length < 100),
      '#0',
      '#0:1',
      'o0',
      'true',
      '1h',
      '@bob',
      '<@U1|x>',
      '<#1>',
    ])
  const parts = Array.from({ length: random.below(10) }, () => {
    const name = random.pick(names)
    return random.pick([
      `--${name}`,
      `--${name}=${value()}`,
      `-${name} ${value()}`,
      `—${name}`,
      `--no-${name}`,
      `${name}:${value()}`,
      `"${value()}`,
      `“${value()}”`,
      value(),
      value(),
    ])
  })
  const command = random.pick(['x', 'deploy', 'deploy status', 'help', ...builtInNames, value()])
  return `/${command} ${parts.join(random.pick([' ', ' ', '\u00a0', '\n', '']))}`
}

function expectFits(takes: CompiledOptions, name: string, value: unknown): void {
  const known = takes.options.find((one) => one.name === name)
  expect(known).toBeDefined()
  for (const one of known?.many ? (value as unknown[]) : [value]) expect(fits(known?.option.type, one)).toBe(true)
}

function fits(type: string | undefined, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'user' || type === 'room') return typeof (value as { name?: unknown }).name === 'string'
  if (type === 'number' || type === 'integer' || type === 'duration') return Number.isFinite(value)
  if (type === 'date') return /^\d{4}-\d\d-\d\d$/.test(String(value))
  return typeof value === 'string' && (type !== 'choice' || ['staging', 'prod', '__proto__'].includes(value))
}
