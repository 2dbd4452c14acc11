import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AuditRecord, JournalEntry } from '../../src/journal/journal.js'
import { UnavailableError } from '../../src/model/errors.js'
import type { Invocation } from '../../src/model/invocation.js'
import { type Outcome, say } from '../../src/model/reply.js'
import { shortHash } from '../../src/shared/crypto.js'
import { heldBytes } from '../fixtures/heap.js'
import { invocationOf } from '../fixtures/invocation.js'
import type { WorkingJournal } from '../fixtures/working-journal.js'

/** Somewhere to keep a journal, empty at first. */
export interface Place {
  /** As a process of its own would open it. */
  open(bounds?: { readonly limit?: number; readonly concurrency?: number }): Promise<OpenedJournal>
  clear(): Promise<void>
}

export interface OpenedJournal {
  readonly journal: WorkingJournal
  /** To the others its process is dead from now on, without having said goodbye. */
  die(): Promise<void>
  /** It was only cut off, and is back. */
  thaw(): Promise<void>
}

/** What every journal promises. */
export function keepsJournalPromises(findPlace: () => Promise<Place>, { shared = true } = {}): void {
  let place: Place
  let opened: OpenedJournal[]
  const open: Place['open'] = async (bounds) => {
    const journal = await place.open(bounds)
    opened.push(journal)
    return journal
  }
  const openJournal = async (bounds?: Parameters<Place['open']>[0]): Promise<WorkingJournal> =>
    (await open(bounds)).journal

  beforeEach(async () => {
    place = await findPlace()
    opened = []
  })
  afterEach(async () => {
    await Promise.all(opened.map(({ journal }) => journal.stop(0).catch(() => undefined)))
    await place.clear()
  })

  it('hands over once what was accepted often', async () => {
    const journals = [await openJournal(), shared ? await openJournal() : undefined]
    const desks = journals.map(() => createDesk())
    for (const [n, journal] of journals.entries()) await journal?.start(desks[n]?.work ?? never)
    const takes = Array.from({ length: 40 }, (_, n) => (journals[n % 2] ?? journals[0])?.accept(invocationOf('same')))
    expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(1)
    expect(await journals[0]?.accept(invocationOf('same'))).toBe(false)
    await expect.poll(() => handed(desks).length).toBe(1)
    handed(desks)[0]?.finish('done')
    await closed(journals[0], 'same')
    expect(await journals[0]?.accept(invocationOf('same'))).toBe(false)
    await passed(100)
    expect(handed(desks)).toHaveLength(1)
  })

  it('takes a proof once, and again only where its first time came to nothing', async () => {
    const journal = await openJournal()
    const proof = { key: 'seen/chat/1', body: 'a', until: Date.now() + 60_000 }
    const refused = { code: 'unverified' }
    expect(await journal.accept(invocationOf('1'), proof)).toBe(true)
    await expect(journal.accept(invocationOf('1'), proof)).rejects.toMatchObject(refused)
    await expect(journal.accept(invocationOf('2'), { ...proof, body: 'b' })).rejects.toMatchObject(refused)
    await expect(journal.recordReplayToken(proof)).rejects.toMatchObject(refused)
    expect(await journal.findRecord('2')).toBeUndefined()
    expect(await journal.accept(invocationOf('3'), proof)).toBe(true)
    expect(await journal.accept(invocationOf('1'), { ...proof, key: 'seen/chat/2' })).toBe(false)
    await expect(journal.accept(invocationOf('4'), { ...proof, key: 'seen/chat/2', body: 'b' })).rejects.toMatchObject(
      refused,
    )
    await journal.recordReplayToken({ ...proof, key: 'seen/chat/3' })
    await expect(journal.recordReplayToken({ ...proof, key: 'seen/chat/3' })).rejects.toMatchObject(refused)
  })

  it('lets one of many bodies through that come at once with one proof', async () => {
    const journals = [await openJournal(), shared ? await openJournal() : undefined]
    const until = Date.now() + 60_000
    const takes = Array.from({ length: 20 }, (_, n) => {
      const proof = { key: 'seen/chat/1', body: `${n}`, until }
      return (journals[n % 2] ?? journals[0])?.accept(invocationOf(`${n}`), proof)
    })
    const taken = (await Promise.allSettled(takes)).filter(({ status }) => status === 'fulfilled')
    expect(taken).toHaveLength(1)
  })

  it('hands over what was accepted before it was started, and the invocation as it was', async () => {
    const journal = await openJournal()
    const given = invocationOf('a/b ä🎲', { text: '/say “ü”', replyTo: { url: 'x', deep: [1, null] } })
    await journal.accept(given)
    const desk = createDesk()
    await journal.start(desk.work)
    expect((await desk.next()).entry.invocation).toEqual(given)
    expect((await desk.next(0)).entry.recovery).toBeUndefined()
  })

  it('tells an invocation’s story, without what was replied', async () => {
    const journal = await openJournal()
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('1'))
    const { entry, finish } = await desk.next()
    await entry.begin()
    expect(await journal.findRecord('1')).toMatchObject({
      id: '1',
      platform: 'hipchat',
      tenant: '7',
      room: '1',
      user: '1',
    })
    await entry.record(say('confidential'))
    await entry.sending()
    await entry.sent()
    await entry.end('done')
    finish('done')
    await closed(journal, '1')
    const story = await journal.findRecord('1')
    expect(story?.outcome).toBe('done')
    expect(story?.text).toBe('/ping')
    expect(story?.events.map(({ what }) => what)).toEqual(['accepted', 'begun', 'sent', 'ended', 'closed'])
    expect(JSON.stringify(story)).not.toContain('confidential')
    expect(await journal.findRecord('2')).toBeUndefined()
  })

  it('lists who ran what, newest first, and leaves out what was no command', async () => {
    const journal = await openJournal()
    await journal.start(async ({ invocation }) => (invocation.id === '2' ? 'ignored' : 'done'))
    for (const id of ['1', '2', '3', '4']) {
      await journal.accept(invocationOf(id))
      await passed(5)
    }
    for (const id of ['1', '2', '3', '4']) await closed(journal, id)
    expect((await stories(journal)).map(({ id }) => id)).toEqual(['4', '3', '1'])
    expect((await stories(journal, { limit: 2 })).map(({ id }) => id)).toEqual(['4', '3'])
    const since = (await journal.findRecord('3'))?.events[0]?.at ?? 0
    expect((await stories(journal, { since })).map(({ id }) => id)).toEqual(['4', '3'])
  })

  it('lets rooms take turns, and people within a room', async () => {
    const journal = await openJournal({ concurrency: 1 })
    const desk = createDesk()
    const typed = (id: string, room: string, user: string): Invocation =>
      invocationOf(id, { room: { id: room, name: room }, user: { id: user, name: user } })
    for (let n = 0; n < 5; n++) await journal.accept(typed(`flood${n}`, 'loud', 'bob'))
    await journal.accept(typed('ann', 'loud', 'ann'))
    await journal.accept(typed('quiet1', 'quiet', 'cid'))
    await journal.accept(typed('quiet2', 'quiet', 'cid'))
    await journal.start(desk.work)
    for (let n = 0; n < 8; n++) (await desk.next(n)).finish('done')
    const order = desk.taken.map(({ entry }) => entry.invocation.id)
    expect(order.indexOf('quiet1')).toBeLessThanOrEqual(2)
    expect(order.indexOf('quiet2')).toBeLessThanOrEqual(4)
    expect(order.indexOf('ann')).toBeLessThanOrEqual(3)
    expect(order.filter((id) => id.startsWith('flood'))).toEqual(['flood0', 'flood1', 'flood2', 'flood3', 'flood4'])
  })

  it('runs so many at a time; one whose run is over makes place though its replies are on their way', async () => {
    const journal = await openJournal({ concurrency: 2 })
    const desk = createDesk()
    await journal.start(desk.work)
    for (const id of ['1', '2', '3', '4']) await journal.accept(invocationOf(id))
    await desk.next(1)
    await passed(50)
    expect(desk.taken).toHaveLength(2)
    expect(journal.open().running).toBe(2)
    await desk.taken[0]?.entry.end('done')
    await desk.next(2)
    expect(journal.open()).toMatchObject({ running: 2, delivering: 1 })
    desk.taken[1]?.finish('done')
    await desk.next(3)
  })

  it('closes as failed what is thrown out of the work', async () => {
    const journal = await openJournal()
    await journal.start(async () => {
      throw new Error('a fault of ours')
    })
    await journal.accept(invocationOf('1'))
    await closed(journal, '1')
    expect((await journal.findRecord('1'))?.outcome).toBe('failed')
    await expect.poll(() => journal.open()).toEqual({ waiting: 0, running: 0, delivering: 0 })
  })

  it('takes nothing more once it is stopped, and waits for what had begun', async () => {
    const journal = await openJournal()
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('1'))
    const { entry, finish } = await desk.next()
    await entry.begin()
    const stopped = journal.stop(5_000)
    expect(journal.full()).toBe(true)
    await expect(journal.accept(invocationOf('2'))).rejects.toThrow(UnavailableError)
    await passed(50)
    finish('done')
    await stopped
    expect(desk.taken).toHaveLength(1)
  })

  it('gives up waiting for what does not end', async () => {
    const journal = await openJournal()
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('1'))
    await desk.next()
    const from = performance.now()
    await journal.stop(200) // without an end this would last as long as the work, which nobody finishes
    expect(performance.now() - from).toBeGreaterThan(150)
  })

  it('holds no more memory for having seen much', async () => {
    const journal = await openJournal()
    await journal.start(async (entry) => {
      await entry.begin()
      await entry.end('done')
      return 'done'
    })
    const some = async (name: string): Promise<void> => {
      for (let n = 0; n < 2_000; n += 100) {
        const ids = Array.from({ length: 100 }, (_, i) => `${name}${n + i}`)
        await Promise.all(ids.map((id) => journal.accept(invocationOf(id, { text: 'x'.repeat(2_000) }))))
        await expect.poll(() => journal.open(), { interval: 5 }).toMatchObject({ waiting: 0, running: 0 })
      }
    }
    await some('warm')
    const before = heldBytes()
    await some('more')
    if (shared) expect(heldBytes() - before).toBeLessThan(2_500_000)
  })

  if (!shared) return

  it('remembers what was seen when it is opened again', async () => {
    const journal = await openJournal()
    await journal.start(async () => 'done')
    await journal.accept(invocationOf('1'))
    await closed(journal, '1')
    await journal.stop(1_000)
    expect(await (await openJournal()).accept(invocationOf('1'))).toBe(false)
  })

  it('hands to another what a dead process had accepted, new where it had not begun', async () => {
    const [dying, next] = [await open({ concurrency: 1 }), await openJournal()]
    const [here, there] = [createDesk(), createDesk()]
    await dying.journal.start(here.work)
    for (const id of ['begun', 'waiting']) await dying.journal.accept(invocationOf(id))
    await (await here.next()).entry.begin()
    await dying.die()
    await next.start(there.work)
    await there.next(1)
    const left = Object.fromEntries(there.taken.map(({ entry }) => [entry.invocation.id, entry.recovery]))
    expect(left).toEqual({
      begun: { replies: [], shown: 0, doubtful: false, deaths: 1 },
      waiting: undefined,
    })
    expect((await next.findRecord('begun'))?.events.map(({ what }) => what)).toContain('taken over')
  })

  it('hands over what a process left in the order in which it was accepted, whether it died or stopped', async () => {
    const ids = Array.from({ length: 150 }, (_, n) => shortHash('in order', String(n)))
    const [dying, stopping, desk] = [await open(), await openJournal(), createDesk()]
    for (const id of ids.slice(0, 75)) await stopping.accept(invocationOf(id))
    for (const id of ids.slice(75)) await dying.journal.accept(invocationOf(id))
    await stopping.stop(0)
    await dying.die()
    const next = await openJournal()
    await next.start(desk.work)
    for (let n = 0; n < ids.length; n++) (await desk.next(n)).finish('done')
    expect(desk.taken.map(({ entry }) => entry.invocation.id)).toEqual(ids)
  })

  it('counts the processes that died under a run, and not those that let go of it', async () => {
    const processes = [await open(), await open(), await open(), await open()]
    const counted: (number | undefined)[] = []
    for (const [n, { journal, die }] of processes.entries()) {
      const desk = createDesk()
      await journal.start(desk.work)
      if (n === 0) await journal.accept(invocationOf('1'))
      const { entry } = await desk.next()
      counted.push(entry.recovery?.deaths)
      await entry.begin()
      if (n === 1) await journal.stop(0)
      else await die()
    }
    expect(counted).toEqual([undefined, 1, 1, 2])
  })

  it('hands over the replies that a dead process had not shown, in order, and says which is doubtful', async () => {
    const [dying, next] = [await open(), await openJournal()]
    const [here, there] = [createDesk(), createDesk()]
    await dying.journal.start(here.work)
    await dying.journal.accept(invocationOf('1'))
    const { entry } = await here.next()
    await entry.begin()
    for (const text of ['one', 'two', 'three', 'four']) void entry.record(say(text))
    await entry.sending()
    await entry.sent()
    await entry.sending()
    await entry.unsent()
    await entry.drop()
    await entry.sending()
    await entry.end('usage')
    await dying.die()
    await next.start(there.work)
    const { recovery: left } = (await there.next()).entry
    expect(left).toEqual({ replies: [say('three'), say('four')], shown: 1, doubtful: true, deaths: 0, ended: 'usage' })
  })

  it('lets go on what was taken up, and fences off the process that was only frozen', async () => {
    const [frozen, next] = [await open(), await openJournal()]
    const [here, there] = [createDesk(), createDesk()]
    await frozen.journal.start(here.work)
    await frozen.journal.accept(invocationOf('1'))
    const before = await here.next()
    await before.entry.begin()
    await frozen.die()
    await next.start(there.work)
    const after = await there.next()
    await frozen.thaw()
    await expect(before.entry.sending()).rejects.toThrow()
    before.finish('done')
    await passed(100)
    expect((await next.findRecord('1'))?.outcome).toBeUndefined()
    await after.entry.record(say('taken up'))
    await after.entry.sending()
    await after.entry.sent()
    await after.entry.end('interrupted')
    after.finish('interrupted')
    await closed(next, '1')
    expect((await next.findRecord('1'))?.outcome).toBe('interrupted')
  })

  it('leaves to others what was being written down when it was stopped, as not begun', async () => {
    const [one, other] = [await openJournal(), await openJournal()]
    const [here, there] = [createDesk(), createDesk()]
    await one.start(here.work)
    await one.accept(invocationOf('before'))
    ;(await here.next()).finish('done')
    const taking = one.accept(invocationOf('during'))
    const stopped = one.stop(5_000)
    expect(await taking).toBe(true)
    await stopped
    expect(here.taken).toHaveLength(1)
    await other.start(there.work)
    const { entry } = await there.next()
    expect([entry.invocation.id, entry.recovery]).toEqual(['during', undefined])
  })

  it('knows whether another takes up what it leaves: one that works, and does not stop', async () => {
    const one = await openJournal()
    expect(await one.hasSuccessor()).toBe(false)
    const { journal: other } = await open()
    expect(await one.hasSuccessor()).toBe(false) // it only reads
    await one.start(never)
    await other.start(never)
    expect(await one.hasSuccessor()).toBe(true)
    other.drain()
    one.drain()
    expect(await Promise.all([one.hasSuccessor(), other.hasSuccessor()])).toContain(false)
    expect(await one.hasSuccessor()).toBe(false)
  })

  it('leaves nothing to one that has stopped or died', async () => {
    const [one, other, third] = [await openJournal(), await open(), await openJournal()]
    await Promise.all([one.start(never), other.journal.start(never), third.start(never)])
    await third.stop(0)
    expect(await one.hasSuccessor()).toBe(true)
    await other.die()
    await expect.poll(() => one.hasSuccessor()).toBe(false)
  })

  it('leaves what had not begun to others at once when it is stopped', async () => {
    const [one, other] = [await openJournal({ concurrency: 1 }), await openJournal()]
    const [here, there] = [createDesk(), createDesk()]
    await one.start(here.work)
    for (const id of ['1', '2', '3']) await one.accept(invocationOf(id))
    const { entry, finish } = await here.next()
    await entry.begin()
    const stopped = one.stop(5_000)
    await other.start(there.work)
    await there.next(1)
    expect(there.taken.map(({ entry }) => entry.recovery)).toEqual([undefined, undefined])
    finish('done')
    await stopped
    expect([...here.taken, ...there.taken].map(({ entry }) => entry.invocation.id).sort()).toEqual(['1', '2', '3'])
  })
}

/** What was handed over, and how the test ends it. */
interface Taken {
  readonly entry: JournalEntry
  finish(outcome: Outcome): void
}

/** Work that waits for the test to finish it. */
function createDesk(): {
  readonly taken: Taken[]
  work(entry: JournalEntry): Promise<Outcome>
  next(at?: number): Promise<Taken>
} {
  const taken: Taken[] = []
  return {
    taken,
    work: (entry) => new Promise((finish) => taken.push({ entry, finish })),
    async next(at = 0) {
      await expect.poll(() => taken.length, { interval: 10 }).toBeGreaterThan(at)
      const found = taken[at]
      if (!found) throw new Error('nothing was handed over')
      return found
    },
  }
}

function handed(desks: readonly { readonly taken: Taken[] }[]): Taken[] {
  return desks.flatMap(({ taken }) => taken)
}

async function never(): Promise<Outcome> {
  throw new Error('not asked for')
}

async function closed(journal: WorkingJournal | undefined, id: string): Promise<void> {
  await expect.poll(async () => (await journal?.findRecord(id))?.outcome, { interval: 10 }).toBeDefined()
}

async function stories(
  journal: WorkingJournal,
  options?: Parameters<WorkingJournal['audit']>[0],
): Promise<AuditRecord[]> {
  const found: AuditRecord[] = []
  for await (const story of journal.audit(options)) found.push(story)
  return found
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
