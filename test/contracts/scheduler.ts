import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Invocation } from '../../src/model/invocation.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Schedules } from '../../src/model/schedule.js'
import type { ProactivePlatform } from '../../src/platforms/platform.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createScheduleSubscriptions } from '../../src/scheduler/room-subscriptions.js'
import { createScheduler, type Scheduler } from '../../src/scheduler/scheduler.js'
import type { Store } from '../../src/stores/store.js'
import { createTestClock, type TestClock } from '../fixtures/clock.js'
import { invocationOf } from '../fixtures/invocation.js'

async function keysOf(store: Store, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key] of store.list(prefix)) keys.push(key)
  return keys
}

/** What is promised of lines that wait and of schedules, on a store that `open` opens as one more process would. */
export function keepsAgendaPromises(open: () => Promise<Store>): void {
  const minute = 60_000
  const nine = Date.UTC(2030, 0, 1, 9)
  let clock: TestClock
  let closing: (() => unknown)[]
  let ran: Invocation[]
  let installed: Set<string>
  let away: boolean

  beforeEach(() => {
    clock = createTestClock(nine - 10 * minute)
    closing = []
    ran = []
    installed = new Set(['acme', 'globex'])
    away = false
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  /** As all journals do: the same id once. */
  async function accept(invocation: Invocation): Promise<boolean> {
    if (ran.some(({ id }) => id === invocation.id)) return false
    ran.push(invocation)
    return true
  }

  const venue: ProactivePlatform = {
    name: 'hipchat',
    durableReplyTo: (replyTo) => (replyTo === 'spent' ? undefined : 'lasting'),
    isInstalled: async (installation) => installed.has(installation),
    async *listRooms(names) {
      if (away) throw new Error('The service does not answer.')
      // Found by their names, as HipChat finds them: no other id is known.
      for (const name of names ?? []) {
        const room = name.replace('#', '')
        yield { installation: 'acme', tenant: { id: 'acme' }, room: { id: room, name: room }, replyTo: null }
      }
      if (!names)
        for (const id of installed) {
          yield { installation: id, tenant: { id }, room: { id: '1', name: 'Lobby' }, replyTo: null }
        }
    },
  }

  async function startProcess(crons: Readonly<Record<string, Schedules>> = {}) {
    const store = await open()
    const registry = createRegistry()
    const load = (next: typeof crons) =>
      registry.replace(
        Object.entries(next).map(([name, schedule]) => compileCommand(name, { summary: name, schedule, run() {} })),
      )
    load(crons)
    const lines: string[] = []
    const write = (facts: object, line: string) => void lines.push(`${line} ${JSON.stringify(facts)}`)
    const log = { ...silentLogger, warn: write, info: write }
    const switches = createScheduleSubscriptions(store)
    const agenda = createScheduler({
      registry,
      store,
      subscriptions: switches,
      platforms: () => [venue],
      log,
      clock,
    })
    closing.push(() => store.close())
    closing.push(() => agenda.stop())
    return { agenda, load, lines, store, switches, start: (by = accept) => agenda.start(by) }
  }
  const keep = (agenda: Scheduler, when: number, id = 'asked', changes: Partial<Invocation> = {}) =>
    agenda.later(invocationOf(id, changes), 0, when, '/echo hello')

  it('runs a line once, however many processes know of it', async () => {
    const [one, two] = [await startProcess(), await startProcess()]
    const id = await keep(one.agenda, 5 * minute)
    for (const process of [one, two]) await process.start()
    await clock.advance(4 * minute)
    expect(ran).toEqual([])
    await clock.advance(minute, () => ran.length > 0)
    for (let n = 0; n < 5; n++) await clock.advance(minute)
    const asked = invocationOf('asked')
    expect(ran).toEqual([{ ...asked, id, text: '/echo hello', at: nine - 5 * minute, replyTo: 'lasting' }])
    for (const prefix of ['later/', 'later-slot/']) await expect.poll(() => keysOf(one.store, prefix)).toEqual([])
  })

  it('runs what a process that died had promised, within a minute', async () => {
    const [one, two] = [await startProcess(), await startProcess()]
    await Promise.all([one.start(), two.start()])
    await keep(one.agenda, 2 * minute)
    one.agenda.stop()
    await clock.advance(2 * minute)
    await clock.advance(minute, () => ran.length > 0)
  })

  it('runs at its start what became due while nobody was there', async () => {
    const one = await startProcess()
    await keep(one.agenda, minute)
    await clock.advance(24 * 60 * minute)
    const two = await startProcess()
    await two.start()
    expect(ran).toHaveLength(1)
  })

  it('keeps one line of a call that is run again after a crash', async () => {
    const one = await startProcess()
    expect(await keep(one.agenda, minute)).toBe(await keep(one.agenda, 2 * minute))
    await one.start()
    await clock.advance(minute, () => ran.length > 0)
    for (let n = 0; n < 3; n++) await clock.advance(minute)
    expect(ran).toHaveLength(1)
  })

  it('drops lines of who uninstalled, and refuses those that nobody could be told', async () => {
    const one = await startProcess()
    await keep(one.agenda, 5 * minute)
    await keep(one.agenda, 5 * minute, 'other', { installation: 'globex' })
    await expect(keep(one.agenda, minute, 'x', { replyTo: 'spent' })).rejects.toMatchObject({ code: 'usage' })
    installed.delete('globex')
    await one.start()
    installed.add('globex')
    await clock.advance(5 * minute, () => ran.length > 0)
    expect(ran.map(({ installation }) => installation)).toEqual(['acme'])
    // Between the look and the time there may be a minute.
    await keep(one.agenda, 10_000, 'third')
    installed.delete('acme')
    await clock.advance(10_000, () => one.lines.filter((line) => line.includes('uninstalled')).length === 2)
    expect(ran).toHaveLength(1)
    expect(one.lines.join()).toContain('uninstalled')
  })

  it('tries again what could not be accepted', async () => {
    const one = await startProcess({ digest: '0 9 * * *' })
    let full = true
    await one.start(async (invocation) => {
      if (full) throw new Error('Too many calls are waiting.')
      return await accept(invocation)
    })
    await keep(one.agenda, 10 * minute)
    await clock.advance(10 * minute, () => one.lines.filter((line) => line.includes('not run yet')).length === 2)
    full = false
    // The lease of an occurrence is the first to try's for half a minute.
    await clock.advance(31_000, () => ran.length === 3)
  })

  it('runs each occurrence once in each room, however many processes there are', async () => {
    const crons = { digest: '0 9 * * *', often: '*/5 * * * *' }
    const all = [await startProcess(crons), await startProcess(crons), await startProcess(crons)]
    await Promise.all(all.map(({ start }) => start()))
    await clock.advance(5 * minute, () => ran.length === 2)
    await clock.advance(5 * minute, () => ran.length === 6)
    for (let n = 0; n < 4; n++) await clock.advance(minute)
    expect(ran.filter(({ scheduled }) => scheduled === 'digest')).toMatchObject([
      { installation: 'acme', at: nine, text: '/digest', user: { id: 'schedule' }, room: { name: 'Lobby' } },
      { installation: 'globex', at: nine, text: '/digest' },
    ])
    expect(ran).toHaveLength(6)
  })

  it('runs what a process died of, when another has waited for it', async () => {
    const [one, two] = [await startProcess({ digest: '0 9 * * *' }), await startProcess({ digest: '0 9 * * *' })]
    await one.start(async () => {
      one.agenda.stop()
      throw new Error('dying')
    })
    await clock.advance(10 * minute, () => one.lines.some((line) => line.includes('not run yet')))
    await two.start()
    expect(ran).toEqual([])
    await clock.advance(31_000, () => ran.length === 2)
  })

  it('runs the latest occurrence that was missed a moment ago, and logs what was missed long ago', async () => {
    const crons = { often: '* * * * *', digest: '55 8 * * *', rare: '52 8 * * *' }
    const one = await startProcess(crons)
    await one.start()
    one.agenda.stop()
    await clock.advance(9 * minute)
    const two = await startProcess(crons)
    await two.start()
    expect(ran.map(({ scheduled, at }) => [scheduled, (at - nine) / minute])).toEqual([
      ['digest', -5],
      ['digest', -5],
      ['often', -1],
      ['often', -1],
    ])
    expect(two.lines.filter((line) => line.startsWith('schedule missed'))).toEqual([
      'schedule missed {"command":"rare","cron":"52 8 * * *","due":"2030-01-01T08:52:00.000Z"}',
    ])
  })

  it('begins a new schedule when it is loaded, and ends one that is removed', async () => {
    const one = await startProcess({ old: '* * * * *' })
    await one.start()
    await clock.advance(minute, () => ran.length === 2)
    one.load({ fresh: '51 8 * * *', next: '52 8 * * *' })
    const known = async () => (await keysOf(one.store, 'scheduled/')).filter((key) => key.split('/').length === 2)
    await expect.poll(() => clock.advance(0).then(known)).toHaveLength(3)
    await clock.advance(minute, () => ran.length === 4)
    for (let n = 0; n < 3; n++) await clock.advance(minute)
    expect(ran.map(({ scheduled }) => scheduled)).toEqual(['old', 'old', 'next', 'next'])
  })

  it('asks again for rooms while a service does not answer, and runs in none twice', async () => {
    const one = await startProcess({ digest: '0 9 * * *' })
    await one.start()
    const place = { installation: 'acme', tenant: { id: 'acme' }, room: { id: '2', name: 'Lab' }, replyTo: null }
    await one.switches.set('digest', { on: true, platform: 'hipchat', place })
    away = true
    await clock.advance(10 * minute, () => ran.length === 1)
    away = false
    await clock.advance(31_000, () => ran.length === 3)
    expect(ran.map(({ room }) => room.name)).toEqual(['Lab', 'Lobby', 'Lobby'])
  })

  it('knows a room by its name where the switch knows its number, and forgets it with its installation', async () => {
    const one = await startProcess({ digest: { cron: '*/5 * * * *', rooms: ['#ops', '#lab'] } })
    await one.start()
    const place = { installation: 'acme', tenant: { id: 'acme' }, room: { id: '77', name: 'Ops' }, replyTo: 'lasting' }
    await one.switches.set('digest', { on: true, platform: 'hipchat', place })
    await clock.advance(5 * minute, () => ran.length === 2)
    expect(ran.map(({ room }) => room.id)).toEqual(['77', 'lab'])
    await one.switches.set('digest', { on: false, platform: 'hipchat', place })
    await clock.advance(5 * minute, () => ran.length === 3)
    expect(ran.at(-1)?.room.id).toBe('lab')
    installed.delete('acme')
    await clock.advance(5 * minute, () => ran.length === 5)
    expect(await keysOf(one.store, 'schedule/')).toEqual([])
  })

  it('runs two schedules of a command that differ in their rooms alone', async () => {
    const crons = { digest: ['#ops', '#lab'].map((room) => ({ cron: '*/5 * * * *', rooms: [room] })) }
    const [one, two] = [await startProcess(crons), await startProcess(crons)]
    await Promise.all([one.start(), two.start()])
    await clock.advance(5 * minute, () => ran.length === 2)
    await clock.advance(5 * minute, () => ran.length === 4)
    expect(ran.map(({ room }) => room.name).toSorted()).toEqual(['lab', 'lab', 'ops', 'ops'])
  })

  it('believes the last word of a room, by whichever installation it came', async () => {
    const one = await startProcess({ digest: '0 9 * * *' })
    const place = { tenant: { id: '7' }, room: { id: '2', name: 'Lab' }, replyTo: null }
    await one.switches.set('digest', { on: true, platform: 'hipchat', place: { ...place, installation: 'acme' } })
    await one.switches.set('digest', { on: false, platform: 'hipchat', place: { ...place, installation: 'globex' } })
    await one.start()
    await clock.advance(10 * minute, () => ran.length === 2)
    expect(ran.map(({ room }) => room.name)).toEqual(['Lobby', 'Lobby'])
  })

  it('starts nothing when it has stopped, and leaves no alarm', async () => {
    const one = await startProcess({ digest: '0 9 * * *' })
    await one.start()
    await keep(one.agenda, minute)
    for (let n = 0; n < 100; n++) one.load({ [`d${n}`]: '0 9 * * *' })
    expect(clock.alarms()).toBeLessThanOrEqual(3)
    one.agenda.stop()
    await clock.advance(20 * minute)
    expect([ran, clock.alarms()]).toEqual([[], 0])
  })
}
