import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nextPauseMs, retryRule } from '../../src/delivery/retry-rule.js'
import { retryExceptions as Discord } from '../../src/platforms/discord/retry-exceptions.js'
import { retryExceptions as HipChat } from '../../src/platforms/hipchat/retry-exceptions.js'
import { retryExceptions as IRC } from '../../src/platforms/irc/retry-exceptions.js'
import { retryExceptions as Mattermost } from '../../src/platforms/mattermost/retry-exceptions.js'
import { retryExceptions as Slack } from '../../src/platforms/slack/retry-exceptions.js'
import { retryExceptions as Teams } from '../../src/platforms/teams/retry-exceptions.js'
import { retryExceptions as Telegram } from '../../src/platforms/telegram/retry-exceptions.js'
import { retryExceptions as XMPP } from '../../src/platforms/xmpp/retry-exceptions.js'

const page = readFileSync('docs/platforms.md', 'utf8')

describe('the table of platforms and features', () => {
  const [head = [], ...features] = tableAfter('## Feature support')
  const [, ...proofs] = tableAfter('The tests that show each _yes_')

  it('says yes, degraded or impossible of each', () => {
    expect(head.slice(1)).toEqual(['HipChat', 'Slack', 'Mattermost', 'Discord', 'Telegram', 'Teams', 'IRC', 'XMPP'])
    expect(features.map(([feature]) => feature)).toEqual(
      'slash args ephemeral threads edit cards buttons files registration installation dedupe schedule'.split(' '),
    )
    for (const [feature, ...cells] of features) {
      expect(cells, feature).toHaveLength(head.length - 1)
      for (const cell of cells) expect(cell, feature).toMatch(/^(yes$|degraded: \S|impossible: \S)/)
    }
  })

  it('names a test for each yes, and no test for anything else', () => {
    const said = features.flatMap(([feature, ...cells]) =>
      cells.flatMap((cell, at) => (cell === 'yes' ? [`${feature} ${head[at + 1]}`] : [])),
    )
    const shown = proofs.flatMap(([feature, platforms = '']) =>
      platforms.split(', ').map((name) => `${feature} ${name}`),
    )
    expect(shown.toSorted()).toEqual(said.toSorted())
  })

  it('names tests that there are', () => {
    for (const [, , file = '', title = ''] of proofs) {
      expect(readFileSync(file.replaceAll('`', ''), 'utf8'), `${file}: ${title}`).toContain(title)
    }
  })
})

describe('the table of what is tried again', () => {
  const [, [tried = ''] = [], , [never = ''] = []] = tableAfter('The same rule applies to all platforms:')
  const figures = Object.fromEntries(tableAfter('| timing |').slice(1)) as Record<string, string>
  const [, ...platforms] = tableAfter('Each platform adds these exceptions:')

  it('names the answers that the rule names', () => {
    const said = [...retryRule.statuses, 500, 599].map((status) => `\`${status}\``)
    expect(tried).toBe(said.join(', ').replace(', `599`', ' to `599`'))
    expect(never).toContain('too large')
    expect(retryRule.finalFaults).toEqual(['address', 'too-large'])
  })

  it('has the figures of the rule', () => {
    const { firstPauseMs, longestPauseMs, longestWaitMs, windowMs } = retryRule
    expect(figures['backoff']).toContain(`up to ${firstPauseMs / 1_000} s before the first`)
    expect(figures['backoff']).toContain(`${longestPauseMs / 1_000} s at most`)
    expect(figures['requested wait']).toContain(`${longestWaitMs / 60_000} minutes at most`)
    let [tries, elapsedMs] = [1, 0]
    for (; elapsedMs <= windowMs; tries++) {
      elapsedMs += nextPauseMs({ retry: true }, tries - 1, elapsedMs, { random: () => 1 }) ?? 0
    }
    expect(figures['duration']).toContain(`${windowMs / 60_000} minutes: ${tries} tries at least`)
  })

  it('has each platform’s exceptions, and no others', () => {
    const codes = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code)
    const said = platforms.map(([name, again, last]) => [name, codes(again), codes(last)])
    const kept = Object.entries({ HipChat, Slack, Mattermost, Discord, Telegram, Teams, IRC, XMPP }).map(
      ([name, { retried = [], limited = [], final = [], gone = [] }]) => {
        return [name, [...retried, ...limited].map(String), [...final, ...gone].map(String)]
      },
    )
    expect(said).toEqual(kept)
  })
})

/** The cells of the first table behind a line. */
function tableAfter(line: string): readonly (readonly string[])[] {
  const [table = ''] = /(?:^\|.*\n)+/m.exec(page.slice(page.indexOf(line))) ?? []
  const rows = table.trim().split('\n')
  return rows
    .filter((_, at) => at !== 1)
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}
