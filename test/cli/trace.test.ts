import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/cli/subcommands/audit.js'
import { trace } from '../../src/cli/subcommands/trace.js'
import { readConfig } from '../../src/config.js'
import type { Invocation } from '../../src/model/invocation.js'
import { silentLogger } from '../../src/model/logger.js'
import { createReceipts } from '../../src/notify/receipts.js'
import { partId, senderUserId, spread } from '../../src/notify/to-invocation.js'
import { openStorage } from '../../src/storage.js'
import { steering, unprintable } from '../fixtures/unprintable.js'
import { withQueue } from '../fixtures/working-journal.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom trace', () => {
  it('tells what became of one call', async () => {
    const settings = await afterCalls('/deploy status --env prod')
    const { code, out } = await inTerminal(trace, ['call-1'], settings)
    expect(code).toBe(0)
    expect(out).toMatch(/^\/deploy status --env prod$/m)
    expect(out).toMatch(
      /^ {2}user +Ada \(u1\)\n {2}room +general \(r1\)\n {2}tenant +t1\n {2}platform +test\n {2}outcome +done$/m,
    )
    expect(out).toMatch(/Z +\+0 ms {2}accepted$/m)
    expect(out).toMatch(/closed$/)
  })

  it('gives it as JSON', async () => {
    const { out } = await inTerminal(trace, ['call-1', '--json'], await afterCalls('/ping'))
    expect(JSON.parse(out)).toMatchObject({ id: 'call-1', text: '/ping', outcome: 'done' })
  })

  it('tells of a notification how far it came in each of its rooms', async () => {
    const settings = await afterNotification('ops', 'web')
    const states = [
      { room: 'ops', state: 'delivered' },
      { room: 'web', state: 'waiting' },
    ]
    const json = await inTerminal(trace, ['n1', '--json'], settings)
    expect(JSON.parse(json.out)).toMatchObject({ id: 'n1', rooms: states })
    expect((await inTerminal(trace, ['n1'], settings)).out).toMatch(/^ {2}ops {2}delivered\n {2}web {2}waiting$/m)
    const part = await inTerminal(trace, [partId('n1', 0), '--json'], settings)
    expect(JSON.parse(part.out)).toMatchObject({ rooms: [{ room: 'test:r1', state: 'delivered' }] })
  })

  it('tells of no rooms of a call', async () => {
    const { out } = await inTerminal(trace, ['call-1', '--json'], await afterCalls('/ping'))
    expect(JSON.parse(out)).not.toHaveProperty('rooms')
  })

  it('says that a call is not known, and exits 1', async () => {
    const { code, err } = await inTerminal(trace, ['nobody'], await afterCalls('/ping'))
    expect(code).toBe(1)
    expect(err).toBe(
      'slashroom: there is no call with the id "nobody". Calls are kept for AUDIT_DAYS (30); "slashroom audit" lists them.',
    )
  })

  it('exits 2 without an id', async () => {
    expect(await inTerminal(trace, [])).toMatchObject({ code: 2, err: expect.stringContaining('<id>') })
  })

  it('does not make a store where there is none', async () => {
    const settings = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
    await expect(inTerminal(trace, ['call-1'], settings)).rejects.toThrow(/^STORE_URL: .*data does not exist yet/)
  })

  it('says that memory keeps nothing', async () => {
    await expect(inTerminal(trace, ['call-1'], { STORE_URL: 'memory:' })).rejects.toThrow(
      /memory:, so there is nothing to read/,
    )
  })
})

describe('slashroom audit', () => {
  it('lists who ran what, the newest first', async () => {
    const { code, out } = await inTerminal(audit, [], await afterCalls('/ping', '/roll 2d6'))
    expect(code).toBe(0)
    const [heading, ...rows] = out.split('\n')
    expect(heading).toMatch(/^WHEN +USER +ROOM +PLATFORM +OUTCOME +ID +LINE$/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +Ada +general +test +done +call-2 +\/roll 2d6$/)
  })

  it.each([120, 80, 60])('keeps to a terminal of %i columns, with ids that can be typed again', async (columns) => {
    const long = `/deploy start web --note "${'a long story '.repeat(10)}"`
    const settings = { ...(await afterCalls('/ping', long)), COLUMNS: `${columns}` }
    const { out } = await inTerminal(audit, [], settings)
    const lines = out.split('\n')
    expect(lines).toHaveLength(3)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns)
    expect(lines[1]).toMatch(/ done +call-2 +\/deploy .*…$/)
    expect(lines[2]).toMatch(/ done +call-1 +\/ping$/)
    const traced = await inTerminal(trace, ['call-2'], settings)
    expect(Math.max(...traced.out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns)
    expect(traced.out.replace(/\s+/g, ' ')).toContain(long.replace(/\s+/g, ' '))
  })

  it('gives as many as it is asked for, as lines of JSON', async () => {
    const { out } = await inTerminal(audit, ['--limit', '1', '--json'], await afterCalls('/ping', '/roll 2d6'))
    expect(out.split('\n').map((line) => JSON.parse(line))).toMatchObject([{ id: 'call-2' }])
  })

  it('lets nobody steer the terminal with what they typed', async () => {
    const { out } = await inTerminal(audit, [], await afterCalls('/say \u001b[2Jhello\r\nworld'))
    expect(out).not.toContain('\u001b')
    expect(out.split('\n')).toHaveLength(2)
  })

  it('lets nobody steer it through any output, and loses nothing in JSON', async () => {
    const line = `/say ${steering}\u{1f469}\u200d\u{1f467}`
    const settings = await afterCalls(line)
    for (const [subcommand, args] of [
      [audit, []],
      [audit, ['--json']],
      [trace, ['call-1']],
      [trace, ['call-1', '--json']],
    ] as const) {
      const { out } = await inTerminal(subcommand, args, settings)
      expect(out).not.toMatch(unprintable)
      expect(out).toContain('\u{1f469}\u200d\u{1f467}')
      if (args.some((arg) => arg === '--json')) expect(JSON.parse(out)).toMatchObject({ text: line })
    }
    const { err } = await inTerminal(trace, [steering], settings)
    expect(err).not.toMatch(unprintable)
  })

  it.each(['0', '-1', 'many', '1e9'])('refuses %s as a limit with exit code 2', async (limit) => {
    expect(await inTerminal(audit, [`--limit=${limit}`])).toMatchObject({ code: 2 })
  })
})

/** The settings of a bot that has answered these lines, and been stopped. */
async function afterCalls(...lines: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const settings = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
  const storage = await openStorage(readConfig(settings), silentLogger)
  const journal = withQueue(storage.journal)
  await journal.start(async (entry) => {
    await entry.begin()
    await entry.end('done')
    return 'done'
  })
  for (const [index, line] of lines.entries()) {
    await journal.accept(invocation(`call-${index + 1}`, line))
    await sleep(2) // two of one millisecond would have no order
  }
  await journal.stop(5_000)
  await storage.close()
  return settings
}

/** The settings of a bot that has delivered a notification to the first of these rooms, and no other yet. */
async function afterNotification(...rooms: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const settings = { STORE_URL: `file:${join(await emptyFolder(), 'data')}` }
  const storage = await openStorage(readConfig(settings), silentLogger)
  await createReceipts({ ...storage, auditDays: 30 }).note('n1', rooms)
  const journal = withQueue(storage.journal)
  await journal.start(async (entry) => {
    await entry.end('done')
    return 'done'
  })
  const user = { id: senderUserId('t1'), name: 'ci' }
  await journal.accept({ ...invocation('n1', 'notification by ci'), user, platform: spread })
  await journal.accept({ ...invocation(partId('n1', 0), 'notification by ci'), user })
  await journal.stop(5_000)
  await storage.close()
  return settings
}

function invocation(id: string, text: string): Invocation {
  const user = { id: 'u1', name: 'Ada' }
  const where = { platform: 'test', installation: 'i1', tenant: { id: 't1' }, room: { id: 'r1', name: 'general' } }
  return { id, ...where, user, text, mentions: [], at: Date.now(), replyTo: null }
}
