import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLmdb } from '../../src/stores/lmdb.js'
import type { LmdbEnvironment } from '../../src/stores/lmdb-environment.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { type NotifiedRooms, startRooms } from '../fixtures/notified-rooms.js'
import { type NotifierProcess, startNotifier } from '../fixtures/notifier-process.js'

describe('a notification whose process dies', () => {
  const ids = Array.from({ length: 250 }, (_, n) => `r${n}`)
  let place: { readonly embedded: LmdbEnvironment; readonly store: ReturnType<typeof createMemoryStore> }
  let dir: string
  let lost: NotifiedRooms
  let found: NotifiedRooms
  let dying: NotifierProcess
  let next: NotifierProcess
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    place = { embedded: openLmdb(dir), store: createMemoryStore() }
    // One service, seen by two processes: each list is what one of them sent there.
    lost = startRooms(ids)
    found = startRooms(ids)
    dying = await startNotifier(place, lost)
    next = await startNotifier(place, found)
  })
  afterEach(async () => {
    await next.stop()
    await place.embedded.close()
    await rm(dir, { recursive: true })
  })

  it('is posted by another, in order, where it was not being sent', async () => {
    const posted = Array.from({ length: 150 }, (_, n) => `news ${n}`)
    const notifications: string[] = []
    for (const text of posted) notifications.push(await dying.post(text, 'r1'))
    await dying.die()
    await next.work()
    await expect.poll(() => found.shown('r1')).toEqual(posted)
    for (const id of [notifications[0], notifications.at(-1)])
      await expect.poll(() => next.receipt(id ?? '')).toEqual(['pigeon:r1 delivered'])
  })

  it('is told of, and not posted again, where it was being sent', async () => {
    lost.hold('r1')
    await dying.work()
    const sent = await dying.post('was being sent', 'r1')
    const waiting = await dying.post('waited', 'r1')
    await expect.poll(() => lost.load.now).toBe(1)
    await dying.die()
    await next.work()
    await expect.poll(() => found.shown('r1')).toEqual([expect.stringContaining('may be missing above'), 'waited'])
    await expect.poll(() => next.receipt(sent)).toEqual([expect.stringMatching(/^pigeon:r1 delivered: .*missing/)])
    await expect.poll(() => next.receipt(waiting)).toEqual(['pigeon:r1 delivered'])
  })

  it('is told of where the process dies that was telling of it', async () => {
    lost.hold('r1')
    await dying.work()
    await dying.post('was being sent', 'r1')
    await expect.poll(() => lost.load.now).toBe(1)
    await dying.die()
    const second = await startNotifier(place, lost)
    await second.work()
    await expect.poll(() => lost.load.now).toBe(2)
    await second.die()
    await next.work()
    await expect.poll(() => found.shown('r1')).toEqual([expect.stringContaining('may be missing above')])
  })

  it('is posted, and nobody is told that it may be missing, where it waited for its turn to be sent', async () => {
    for (const id of ids.slice(0, 50)) lost.hold(id)
    await dying.work()
    for (const id of ids.slice(0, 50)) await dying.post('news', id)
    await expect.poll(() => lost.load.now).toBe(24)
    await dying.die()
    await next.work()
    await expect.poll(() => found.sent.length).toBe(50)
    expect(found.sent.filter((line) => line.endsWith(': news'))).toHaveLength(26)
    expect(found.sent.filter((line) => line.includes('may be missing'))).toHaveLength(24)
  })

  it.each([
    ['by a process that starts', false],
    ['by one that runs already', true],
  ])('while it is handed out goes on to every room, before what was posted later, %s', async (_, runs) => {
    const held = ids.map((id) => lost.hold(id))
    await dying.notifications.aliases.set('everyone', ids)
    await dying.work()
    if (runs) await next.work()
    const news = await dying.post('news', 'everyone')
    const open = () => Object.values(dying.notifications.queue.open()).reduce((sum, count) => sum + count)
    await expect.poll(open).toBe(1 + 100)
    for (const id of ids) await dying.post('later', id)
    for (const { go } of held.slice(0, 20)) go()
    // The last of these were written down after what has to follow them.
    await expect.poll(() => lost.sent.length).toBe(20)
    await expect.poll(open).toBe(1 + 100 + ids.length)
    await expect.poll(() => lost.load.now).toBe(24)
    await dying.die()
    if (!runs) await next.work()
    await expect.poll(() => lost.sent.length + found.sent.length).toBe(2 * ids.length)
    for (const id of ids) {
      const shown = [...lost.shown(id), ...found.shown(id)].map((text) => (/may be missing/.test(text) ? 'told' : text))
      expect([id, ...shown]).toEqual([id, expect.stringMatching(/^(news|told)$/), 'later'])
    }
    const waiting = async () => (await next.receipt(news)).filter((line) => !line.includes('delivered'))
    await expect.poll(waiting).toEqual([])
    expect(await next.receipt(news)).toHaveLength(ids.length)
  })

  it('under a key is not shown after the newer news that took its place', async () => {
    const held = lost.hold('r1')
    await dying.work()
    await next.work()
    await dying.post('first', 'r1')
    await expect.poll(() => lost.load.now).toBe(1)
    const older = await dying.post('down', 'r1', { key: 'alert' })
    await dying.post('up', 'r1', { key: 'alert' })
    held.go()
    lost.hold('r1')
    await expect.poll(() => lost.sent).toEqual(['r1: first'])
    await expect.poll(() => lost.load.now).toBe(1) // "up" is being sent
    await dying.die()
    await expect.poll(() => next.receipt(older)).toEqual(['pigeon:r1 delivered'])
    await expect.poll(() => found.shown('r1')).toEqual([expect.stringContaining('may be missing above')])
  })

  it('is left to another in order by a process that stops, and only once what it is sending has ended', async () => {
    const held = lost.hold('r1')
    await dying.work()
    await next.work()
    for (const text of ['a', 'b']) await dying.post(text, 'r1')
    await dying.post('elsewhere', 'r2')
    await expect.poll(() => lost.shown('r2')).toEqual(['elsewhere'])
    const stopped = dying.notifications.queue.stop(60_000, () => true)
    await dying.post('c', 'r1')
    await dying.post('there', 'r2')
    await expect.poll(() => found.shown('r2')).toEqual(['there'])
    expect(found.shown('r1')).toEqual([])
    held.go()
    await stopped
    await expect.poll(() => found.shown('r1')).toEqual(['b', 'c'])
    expect(lost.shown('r1')).toEqual(['a'])
    await dying.die()
  })
})
