import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const page = readFileSync('docs/platforms.md', 'utf8')

describe('the table of platforms and features', () => {
  const [head = [], ...features] = tableAfter('## What each can do')
  const [, ...proofs] = tableAfter('The tests that show each _yes_:')

  it('says yes, degraded or impossible of each', () => {
    expect(head.slice(1)).toEqual(['HipChat', 'Slack', 'Mattermost', 'Discord'])
    expect(features.map(([feature]) => feature)).toEqual(
      'slash args ephemeral threads edit cards buttons files registration installation dedupe schedule'.split(' '),
    )
    for (const [feature, ...cells] of features) {
      expect(cells, feature).toHaveLength(4)
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

/** The cells of the first table behind a line. */
function tableAfter(line: string): readonly (readonly string[])[] {
  const [table = ''] = /(?:^\|.*\n)+/m.exec(page.slice(page.indexOf(line))) ?? []
  const rows = table.trim().split('\n')
  return rows.filter((_, at) => at !== 1).map((row) => row.slice(2, -2).split(' | '))
}
