import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { later } from '../../src/cli/subcommands/later.js'
import { readConfig } from '../../src/config.js'
import { silentLogger } from '../../src/model/logger.js'
import { createDelayedJobStore } from '../../src/scheduler/delayed-jobs.js'
import { openStorage } from '../../src/storage.js'
import { invocationOf } from '../fixtures/invocation.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom later', () => {
  it('lists the lines of all people, the soonest first', async () => {
    const { settings } = await afterLines(['ann', '2h', '/echo \u001b[2Jtwo'], ['ben', '1h', '/echo one'])
    const { code, out } = await inTerminal(later, ['list'], settings)
    expect(code).toBe(0)
    const [heading, ...rows] = out.split('\n')
    expect(heading).toMatch(/^DUE +USER +ROOM +PLATFORM +TENANT +ID +LINE$/)
    expect(rows[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +ben +1 +hipchat +7 +\S+ +\/echo one$/)
    expect(rows[1]).toMatch(/\/echo +\[2Jtwo$/)
    expect(out).not.toContain('\u001b')
  })

  it('gives them as lines of JSON, without what is the platform’s own', async () => {
    const { settings, ids } = await afterLines(['ann', '2h', '/echo two'])
    const { out } = await inTerminal(later, ['list', '--json'], settings)
    expect(JSON.parse(out)).toEqual({
      id: ids[0],
      due: expect.any(Number),
      platform: 'hipchat',
      tenant: '7',
      room: '1',
      user: 'ann',
      text: '/echo two',
    })
  })

  it('cancels by id, and gives the person the place back', async () => {
    const { settings, ids } = await afterLines(['ann', '1h', '/echo one'], ['ann', '2h', '/echo two'])
    const { code, out } = await inTerminal(later, ['cancel', ids[0] ?? ''], settings)
    expect([code, out]).toEqual([0, expect.stringMatching(/^Cancelled:\n[\s\S]*\/echo one$/)])
    const { out: left } = await inTerminal(later, ['list', '--json'], settings)
    expect(left.split('\n').map((line) => JSON.parse(line).text)).toEqual(['/echo two'])
    const own = await onStore(settings, async (jobs) => await jobs.listOwn(caller('ann')))
    expect(own.map(({ number }) => number)).toEqual([2])
  })

  it('says what does not wait, and exits 1', async () => {
    const { settings } = await afterLines(['ann', '1h', '/echo one'])
    expect(await inTerminal(later, ['cancel', 'nobody'], settings)).toMatchObject({
      code: 1,
      err: 'slashroom: no pending line has the id "nobody".',
    })
  })

  it('says that nothing waits', async () => {
    const { settings } = await afterLines()
    expect(await inTerminal(later, ['list'], settings)).toMatchObject({ code: 0, out: 'Nothing is pending.' })
  })

  it.each([[[]], [['list', 'x']], [['cancel']], [['drop', 'x']]])('exits 2 when called wrongly: %o', async (args) => {
    expect(await inTerminal(later, args)).toMatchObject({ code: 2, err: expect.stringContaining('later list') })
  })
})

const caller = (id: string) => invocationOf(`call of ${id}`, { user: { id, name: id } })

/** The settings of a bot with which these people left these lines, and their ids. */
async function afterLines(...lines: readonly (readonly [user: string, when: string, line: string])[]) {
  const settings = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
  const ids = await onStore(settings, async (jobs) => {
    const kept: string[] = []
    for (const [count, [user, when, line]] of lines.entries())
      kept.push((await jobs.keep(caller(user), count, when, line)).invocation.id)
    return kept
  })
  return { settings, ids }
}

async function onStore<Value>(
  settings: Readonly<Record<string, string>>,
  work: (jobs: ReturnType<typeof createDelayedJobStore>) => Promise<Value>,
): Promise<Value> {
  const storage = await openStorage(readConfig(settings), silentLogger)
  try {
    return await work(createDelayedJobStore({ store: storage.store, now: Date.now, platforms: () => [] }))
  } finally {
    await storage.close()
  }
}
