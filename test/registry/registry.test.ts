import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/parsing/did-you-mean.js'
import { formatDuration, parseDuration } from '../../src/parsing/duration.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createCommandNamer, createRegistry, resolveCall } from '../../src/registry/registry.js'
import { growth, linear, timeRatio } from '../fixtures/growth.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('a registry', () => {
  it('finds the longest name, whatever its case', () => {
    const registry = filled('deploy', 'deploy status', 'ci build run')
    expect(registry.find(['deploy', 'status', 'prod'])).toMatchObject({ name: 'deploy status', depth: 2 })
    expect(registry.find(['DEPLOY', 'prod'])).toMatchObject({ name: 'deploy', depth: 1, group: true })
    expect(registry.find(['ci', 'build'])).toEqual({ name: 'ci build', depth: 2, group: true })
    expect(registry.find(['status'])).toBeUndefined()
    expect(registry.find([])).toBeUndefined()
    expect(registry.find(['__proto__'])).toBeUndefined()
    expect(filled('pr\u00fcfen').find(['PRU\u0308FEN'])).toMatchObject({ name: 'pr\u00fcfen' })
  })

  it('finds a command by its aliases', () => {
    const registry = createRegistry()
    registry.replace([compileCommand('deploy status', { summary: 's', aliases: ['LS'], run() {} })])
    expect(registry.find(['deploy', 'ls'])).toMatchObject({ name: 'deploy status', depth: 2 })
    expect(registry.list()[0]?.names).toEqual(['deploy status', 'deploy ls'])
  })

  it.each([
    ['/deploy status --env prod', 'deploy status'],
    ['/DEPLOY  Status', 'deploy status'],
    ['  ／deploy status', 'deploy status'],
    ['/deploy sta“tus”', 'deploy'],
    ['/deploy “status”', 'deploy'],
    ['/deploy status“x”', 'deploy'],
    ["/deploy status it's", 'deploy status'],
    ['/deploy\tstatus', 'deploy status'],
    ['/deploy sta\u200btus', 'deploy status'],
    ['/ deploy', ''],
    ['/ci build', ''],
    ['/deploystatus', ''],
    ['deploy', ''],
    [`/deploy ${'x'.repeat(10_000)}`, 'deploy'],
    ['', ''],
  ])('names the command of a line as it is called: %s', (text, name) => {
    const registry = filled('deploy', 'deploy status', 'ci build run')
    expect(createCommandNamer(registry)(invocationOf('1', { text }))).toBe(name)
    expect(resolveCall(registry, invocationOf('1', { text })).compiled?.name ?? '').toBe(name)
  })

  it('knows what was probably meant', () => {
    const registry = filled('deploy', 'deploy status', 'roll')
    expect(registry.suggest('dpeloy')).toBe('deploy')
    expect(registry.suggest('sttaus', ['deploy'])).toBe('status')
    expect(registry.suggest('rol')).toBe('roll')
    expect(registry.suggest('banana')).toBeUndefined()
    expect(registry.suggest('x'.repeat(10_000))).toBeUndefined()
    expect(registry.suggest('status', ['nothing'])).toBeUndefined()
  })

  it('tells its listeners that the commands changed, until they have heard enough', () => {
    const registry = filled('a')
    let heard = 0
    const end = registry.onChange(() => heard++)
    registry.replace([])
    end()
    registry.replace([])
    expect(heard).toBe(1)
  })

  it('keeps what is built in, unless a command has its name', () => {
    const builtIn = compileCommand('help', { summary: 'built in', run() {} })
    const registry = createRegistry(() => [builtIn])
    expect(registry.list()).toEqual([builtIn])
    const own = compileCommand('help', { summary: 'own', run() {} })
    registry.replace([own])
    expect(registry.list()).toEqual([own])
    registry.replace([])
    expect(registry.find(['help'])?.compiled).toBe(builtIn)
  })

  it('finds one of 10,000 as fast as one of 10, and what was meant in a time that grows with them', async () => {
    const finding = (registry: ReturnType<typeof filled>) => () => {
      for (let round = 0; round < 20_000; round++) registry.find(['group7', 'command7', 'x'])
    }
    expect(await timeRatio(finding(filled(...names(10_000))), finding(filled(...names(10))), 5)).toBeLessThan(5)
    const sizes = new Map([1, 4].map((times) => [times, filled(...names(times * 2_500))]))
    expect(await growth((times) => sizes.get(times)?.suggest('comamnd7'))).toBeLessThan(linear)
  })
})

describe('nearest', () => {
  it('takes two slips of the finger, and one in a short word', () => {
    const words = ['status', 'start', 'ls']
    expect(nearest('sttaus', words)).toBe('status')
    expect(nearest('sttuas', words)).toBe('status')
    expect(nearest('xtaxux', words)).toBeUndefined()
    expect(nearest('l', words)).toBeUndefined()
    expect(nearest('lz', words)).toBe('ls')
    expect(nearest('zz', words)).toBeUndefined()
  })
})

describe('a duration', () => {
  it('is read as people write it', () => {
    for (const [text, milliseconds] of [
      ['90s', 90_000],
      ['5m', 300_000],
      ['1h30m', 5_400_000],
      ['1H 30 min', 5_400_000],
      ['2d', 172_800_000],
      ['1w', 604_800_000],
      ['500ms', 500],
      ['1.5h', 5_400_000],
      ['45', 45_000],
    ] as const) {
      expect(parseDuration(text), text).toBe(milliseconds)
    }
    for (const text of ['', 'x', '5x', '-5m', 'm', '5m!', '1h30', '5'.repeat(50), 'toString']) {
      expect(parseDuration(text), text).toBeUndefined()
    }
  })

  it('is written as it is read', () => {
    for (const text of ['1d2h', '90s', '500ms', '1h30m']) {
      expect(parseDuration(formatDuration(parseDuration(text) ?? 0))).toBe(parseDuration(text))
    }
    expect(formatDuration(0)).toBe('0s')
  })
})

function filled(...names: string[]) {
  const registry = createRegistry()
  registry.replace(names.map((name) => compileCommand(name, { summary: name, run() {} })))
  return registry
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index % 2 ? `group${index} command${index}` : `command${index}`))
}
