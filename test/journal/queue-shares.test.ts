import { describe, expect, it } from 'vitest'
import { createShares, type OverShare, type ShareLimits } from '../../src/journal/fair-shares.js'
import type { JournalEntry } from '../../src/journal/journal.js'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { createWorkQueue } from '../../src/journal/work-queue.js'
import { UnavailableError } from '../../src/model/errors.js'
import type { Invocation } from '../../src/model/invocation.js'
import { silentLogger } from '../../src/model/logger.js'
import type { Outcome } from '../../src/model/reply.js'
import { acceptInvocation } from '../../src/pipeline/accept.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('shares of the queue', () => {
  it('let one person run so many calls at a time, and others go past what he has waiting', async () => {
    const work = start()
    for (let n = 0; n < 30; n++) await work.type('bob')
    expect(work.running()).toBe(8)
    await work.type('ann')
    expect(work.running()).toBe(9)
    expect(work.queue.held()).toEqual({ person: 22, command: 0, tenant: 0 })
    work.endOne('bob')
    await expect.poll(work.running).toBe(9)
    expect(work.queue.held().person).toBe(21)
  })

  it('let one command run so many calls at a time', async () => {
    const work = start()
    for (let n = 0; n < 40; n++) await work.type(`one of ${n}`, { text: '/slow' })
    expect(work.running()).toBe(32)
    expect(work.queue.held()).toEqual({ person: 0, command: 8, tenant: 0 })
    await work.type('ann', { text: '/ping' })
    expect(work.running()).toBe(33)
  })

  it('let one tenant run so many calls at a time', async () => {
    const work = start()
    for (let n = 0; n < 60; n++) await work.type(`one of ${n}`, { text: `/slow${n % 2}` })
    expect(work.running()).toBe(48)
    expect(work.queue.held()).toEqual({ person: 0, command: 0, tenant: 12 })
    await work.type('ann', { tenant: { id: 'other' } })
    await work.type('one of 1', { platform: 'slack' })
    expect(work.running()).toBe(50)
  })

  it('tell whoever has too much waiting, and take what others type', async () => {
    const work = start()
    for (let n = 0; n < 8 + 200 + 20; n++) await work.type('bob')
    expect(work.told).toHaveLength(20)
    expect(work.told[0]).toEqual({ owner: 'person', limit: 200, hasNotice: true })
    expect(work.queue.open()).toEqual({ waiting: 200, running: 8, delivering: 20 })
    await work.type('ann')
    expect(work.told).toHaveLength(20)
    expect(work.running()).toBe(9)
  })

  it('have no more notices on their way to a person than calls of his run', async () => {
    const work = start()
    for (let n = 0; n < 8 + 200 + 20; n++) await work.type('bob')
    expect(work.told.filter(({ hasNotice }) => hasNotice)).toHaveLength(8)
  })

  it('count what is just being written down', async () => {
    const work = start()
    await Promise.all(Array.from({ length: 8 + 200 + 20 }, () => work.type('bob')))
    expect(work.told).toHaveLength(20)
    expect(work.running()).toBe(8)
  })

  it('count what is on its way out: a chat server that is away fills nobody else’s queue', async () => {
    const work = start()
    for (let n = 0; n < 220; n++) {
      await work.type('bob')
      work.leaveUndelivered('bob')
    }
    expect(work.queue.open()).toMatchObject({ waiting: 0, running: 0 })
    expect(work.told).toHaveLength(20)
  })

  it('tell a tenant’s people when half of the queue is theirs, and nobody else', async () => {
    const work = start({ limit: 400 })
    for (let n = 0; n < 48 + 200 + 10; n++) await work.type(`one of ${n}`, { text: `/slow${n % 2}` })
    expect(work.told).toHaveLength(10)
    expect(work.told[0]).toEqual({ owner: 'tenant', limit: 200, hasNotice: true })
    await work.type('ann', { tenant: { id: 'other' } })
    expect(work.told).toHaveLength(10)
  })

  it('are given back in whole: what has ended leaves nothing behind', async () => {
    const work = start()
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 250; n++) await work.type('bob')
      expect(work.running()).toBe(8)
      while (work.running() > 0) {
        work.endOne('bob')
        await new Promise((resolve) => setImmediate(resolve))
      }
      await expect.poll(work.queue.open).toEqual({ waiting: 0, running: 0, delivering: 0 })
      expect(work.told.splice(0)).toHaveLength(42)
    }
  })

  it('are forgotten with the last call that takes one, whoever it was', () => {
    const shares = createShares(sharesOf(10_000))
    const call = invocationOf('1')
    const first = shares.find(call, '/ping')
    shares.take(first, 'running')
    const [again, other] = [
      shares.find(call, '/ping'),
      shares.find({ ...call, user: { id: 'ann', name: 'ann' } }, '/ping'),
    ]
    expect([again.person, again.command]).toEqual([first.person, first.command])
    shares.take(other, 'waiting')
    shares.giveBack(first, 'running')
    expect(first.person.tenant.people.get(call.user.id)).toBeUndefined()
    shares.giveBack(other, 'waiting')
    const later = shares.find(call, '/ping')
    expect(later.person.tenant).not.toBe(first.person.tenant)
    expect(later.command).not.toBe(first.command)
  })

  it('are a tenant’s and no person’s where something is run by schedule', async () => {
    const work = start()
    for (let n = 0; n < 48 + 300; n++) await work.type('', { scheduled: 'digest', text: `/slow${n % 2}` }, 'retry')
    expect(work.queue.open()).toMatchObject({ waiting: 300, running: 48 })
  })

  it('make what is run by schedule wait, and tell nobody: it is asked for again', async () => {
    const work = start({ limit: 400 })
    for (let n = 0; n < 48 + 200; n++) await work.type('', { scheduled: `digest${n % 2}`, text: `/slow${n % 2}` })
    expect(work.running()).toBe(48)
    await expect(work.type('', { scheduled: 'digest' }, 'retry')).rejects.toThrow(UnavailableError)
    expect(work.told).toEqual([])
  })
})

function sharesOf(limit: number): ShareLimits {
  return {
    running: { person: 8, command: 32, tenant: 48 },
    waiting: { person: 200, tenant: limit / 2 },
  }
}

/** A queue with the shares of a bot, whose calls run until they are ended. */
function start({ limit = 10_000 } = {}) {
  const journal = createMemoryJournal()
  const queue = createWorkQueue({ log: silentLogger, limit, shares: sharesOf(limit), commandOf: ({ text }) => text })
  const runs: Run[] = []
  const told: OverShare[] = []
  queue.start(({ invocation }: JournalEntry, onRunEnd, over) => {
    if (over) told.push(over)
    return new Promise((resolve) => {
      const by = invocation.user.id
      runs.push({ by, over, leave: onRunEnd, end: () => resolve(over ? 'throttled' : 'done') })
    })
  })
  const take = (by: string) => {
    const at = runs.findIndex((run) => run.by === by)
    return runs.splice(at, 1)[0]
  }
  let count = 0
  return {
    queue,
    told,
    running: () => queue.open().running,
    type: (id: string, changes: Partial<Invocation> = {}, whenOver?: 'retry') => {
      const invocation = invocationOf(`${count++}`, { user: { id, name: id }, ...changes })
      return acceptInvocation(invocation, whenOver ? { journal, queue, whenOver } : { journal, queue })
    },
    endOne: (by: string) => take(by)?.end(),
    leaveUndelivered: (by: string) => take(by)?.leave(),
  }
}

interface Run {
  readonly by: string
  readonly over: OverShare | undefined
  leave(): void
  end(outcome?: Outcome): void
}
