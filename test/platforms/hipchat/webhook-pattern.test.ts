import { readFileSync } from 'node:fs'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { webhookPattern } from '../../../src/platforms/hipchat/webhook-pattern.js'
import { growth, linear } from '../../fixtures/growth.js'
import { findShared } from '../../fixtures/shared.js'

/** Says the same of a line by two engines, or throws. */
function matcher(names: readonly string[]) {
  const pattern = webhookPattern(names)
  const linear = RE2JS.compile(pattern)
  const backtracking = new RegExp(pattern)
  return (line: string) => {
    const found = backtracking.test(line)
    if (linear.matcher(line).find() !== found) throw new Error(`the engines disagree about ${line}`)
    return found
  }
}

const samples = ['deploy status', 'deploy start', 'deploy', 'ping', 'roll', 'standup', 'help']

describe('the webhook pattern', () => {
  it('lets the commands through as people type them', () => {
    const matches = matcher(samples)
    const typed = [
      '/deploy status',
      '/deploy',
      '/DEPLOY',
      '/Deploy now',
      ' /ping',
      '/ping ',
      '\u00a0/ping',
      '／ping',
      '　／ping',
    ]
    for (const line of [...typed, '/roll\u00a02d6', '/help\nme', '\n/standup', '/rOlL 1'])
      expect([line, matches(line)]).toEqual([line, true])
  })

  it('lets through what is one slip away from a command', () => {
    const matches = matcher(samples)
    for (const line of [
      '/deplyo',
      '/depoy status',
      '/deployy',
      '/ddeploy',
      '/dpeloy',
      '/standpu',
      '/hlep',
      '/pimg',
      '/Depoly',
    ]) {
      expect([line, matches(line)]).toEqual([line, true])
    }
  })

  it('leaves all else alone', () => {
    const matches = matcher(samples)
    const others = [
      '/dance',
      'hello',
      '/hello',
      '/deployments',
      '/deploy-all',
      '/deploy/status',
      'deploy',
      'a /deploy',
      '//deploy',
    ]
    for (const line of [
      ...others,
      '/',
      '',
      '/me waves',
      '/ ping',
      '/undeploy',
      '/rolling',
      '\\ping',
      '/topic x',
      '/here',
      '/poll',
      '/toll',
      '/eploy',
    ]) {
      expect([line, matches(line)]).toEqual([line, false])
    }
  })

  it('keeps to what all engines read alike', () => {
    const pattern = webhookPattern([
      ...samples,
      'c++',
      'what?',
      'a.b',
      '$x',
      '(y)',
      '[z]',
      '^',
      'a|b',
      'back\\slash',
      'ärger',
      '10bis',
    ])
    expect(pattern.replaceAll('\\\\', '')).not.toMatch(/\(\?[^:]|\\[uxpAZzk]|\(\?<|\\\d/)
    const matches = matcher(['c++', 'what?', 'a.b', '$x', '(y)', '[z]', '^', 'a|b', 'back\\slash', 'ärger', '10bis'])
    for (const line of [
      '/c++',
      '/what?',
      '/a.b',
      '/$x',
      '/(y)',
      '/[z]',
      '/^',
      '/a|b',
      '/back\\slash',
      '/Ärger',
      '/10bis',
    ]) {
      expect([line, matches(line)]).toEqual([line, true])
    }
    for (const line of ['/c', '/ccc', '/wha', '/axb', '/a', '/y']) expect([line, matches(line)]).toEqual([line, false])
  })

  it('names each first word once, in a fixed order', () => {
    expect(webhookPattern(samples)).toBe(webhookPattern([...samples].reverse()))
    expect(webhookPattern(samples).match(/\[dD\]\[eE\]\[pP\]\[lL\]\[oO\]\[yY\]/g)).toHaveLength(1)
  })

  it('gives up near misses before it grows too long', () => {
    const many = Array.from({ length: 300 }, (_, at) => `command${at}`)
    const matches = matcher(many)
    expect(matches('/command299')).toBe(true)
    expect(matches('/comand299')).toBe(false)
    expect(webhookPattern(many.slice(0, 40)).length).toBeLessThanOrEqual(8_000)
  })

  it('is decided in time linear in the line, by an engine that backtracks too', async () => {
    const matches = matcher(samples)
    const backtracking = new RegExp(webhookPattern(samples))
    const typed = [
      ['', ' '],
      ['', '/'],
      ['/', 'd'],
      ['/deplo', 'y'],
    ] as const
    for (const [begin, sign] of typed) {
      const line = (times: number) => begin + sign.repeat(times * 10_000)
      expect(matches(line(1))).toBe(false)
      expect(await growth((times) => backtracking.test(line(times))), begin + sign).toBeLessThan(linear)
    }
  })

  it('tells the lines that people typed at other bots from ours', () => {
    const file = findShared('hipchat/corpus/messages.txt')
    if (!file) return
    const matches = matcher(samples)
    const lines = readFileSync(file, 'utf8').split('\n')
    for (const line of lines) {
      if (matches(line)) expect(line).toMatch(/^\s*\/(deploy|ping|roll|standup|help)(\s|$)/i)
    }
    expect(lines.some(matches)).toBe(true)
  })
})
