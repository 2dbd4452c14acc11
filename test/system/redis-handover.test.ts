import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accepted, type Lease } from '../../src/journal/entry.js'
import type { JournalEntry } from '../../src/journal/journal.js'
import { describeProcess, type ProcessIdentity } from '../../src/journal/process-liveness.js'
import { createRedisEntries } from '../../src/journal/redis/entry-store.js'
import { createRedisOwners } from '../../src/journal/redis/owners.js'
import { reclaim } from '../../src/journal/redis/reclaim.js'
import { createRedisJournal } from '../../src/journal/redis/redis-journal.js'
import { silentLogger } from '../../src/model/logger.js'
import { type Outcome, say } from '../../src/model/reply.js'
import { RecordMap } from '../../src/shared/gc-friendly-collections.js'
import { invocationOf } from '../fixtures/invocation.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { layWire, type Wire } from '../fixtures/wire.js'
import { type WorkingJournal, withQueue } from '../fixtures/working-journal.js'

describe('what is open in Redis', () => {
  let redis: RedisServer
  let control: Redis
  let opened: { readonly journal: WorkingJournal; readonly wire: Wire }[]
  beforeAll(async () => {
    redis = await startRedis()
    control = new Redis(redis.url)
  })
  beforeEach(async () => {
    opened = []
    await control.flushall()
  })
  afterEach(async () => {
    await Promise.all(opened.map(({ journal }) => journal.stop(0)))
    await Promise.all(opened.map(({ wire }) => wire.close()))
  })
  afterAll(async () => {
    control.disconnect()
    await redis.stop()
  })

  async function open(
    bounds: {
      readonly limit?: number
      readonly auditDays?: number
      readonly lockMs?: number
      readonly self?: ProcessIdentity
    } = {},
  ) {
    const wire = await layWire(redis.port)
    const url = `redis://127.0.0.1:${wire.port}`
    const journal = withQueue(
      createRedisJournal({ url, log: silentLogger, lockMs, lookMs: 100, self: elsewhere(), ...bounds }),
      bounds,
    )
    opened.push({ journal, wire })
    return { journal, wire }
  }

  it('is taken up once, however many look for it at once', async () => {
    const dying = await open()
    const ids = Array.from({ length: 350 }, (_, n) => `${n}`)
    await Promise.all(ids.map((id) => dying.journal.accept(invocationOf(id))))
    dying.wire.cut()
    const taken: string[] = []
    const takers = await Promise.all([open(), open(), open()])
    for (const { journal } of takers) {
      await journal.start(async ({ invocation }) => {
        taken.push(invocation.id)
        return 'done'
      })
    }
    await expect.poll(() => taken.length).toBe(ids.length)
    await passed(500)
    expect([...taken].sort()).toEqual([...ids].sort())
  })

  it('is left to a process that takes only what it has room for', async () => {
    const dying = await open()
    for (let n = 0; n < 9; n++) await dying.journal.accept(invocationOf(`${n}`))
    dying.wire.cut()
    const small = await open({ limit: 4 })
    const desk = createDesk()
    await small.journal.start(desk.work)
    await expect.poll(() => desk.taken.length).toBe(4)
    await passed(300)
    expect(desk.taken).toHaveLength(4)
    for (let n = 0; n < 9; n++) (await desk.next(n)).finish('done')
  })

  it('stays with a process that was silent for too long, where nobody took it', async () => {
    const { journal, wire } = await open()
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('1'))
    const { entry, finish } = await desk.next()
    await entry.begin()
    wire.cut()
    await passed(lockMs * 2)
    wire.mend()
    await entry.record(say('here still'))
    finish('done')
    await closed(journal, '1')
    expect((await journal.findRecord('1'))?.events.map(({ what }) => what)).not.toContain('taken over')
    expect(desk.taken).toHaveLength(1)
  })

  it('stays with a process that could not reach Redis, where that says within a while that it lives', async () => {
    const { journal, wire } = await open({ lockMs: 9_000 })
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('1'))
    const { entry } = await desk.next()
    wire.cut()
    await passed(9_500)
    const other = await open({ lockMs: 9_000 })
    const there = createDesk()
    await other.journal.start(there.work)
    await passed(200)
    wire.mend()
    await passed(4_000)
    expect(there.taken).toHaveLength(0)
    await entry.record(say('here still'))
  })

  it('is taken up at once from a process of this machine that has exited, whatever its time', async (test) => {
    const child = spawn('sleep', ['600'])
    const self = describeProcess(child.pid)
    // Other systems than Linux say nothing of when a process began; what CI runs on has to.
    if (self.started === '' && !process.env['CI']) return test.skip('no /proc here')
    expect(self.started).not.toBe('')
    const dying = await open({ lockMs: 600_000, self })
    await dying.journal.start(createDesk().work)
    await dying.journal.accept(invocationOf('1'))
    const next = await open({ lockMs: 600_000, self: describeProcess() })
    const desk = createDesk()
    await next.journal.start(desk.work)
    await passed(500)
    expect(desk.taken).toHaveLength(0)
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    dying.wire.cut()
    await desk.next()
    expect((await next.journal.findRecord('1'))?.events.map(({ what }) => what)).toContain('taken over')
  })

  it('is left for longer to a process that is only paused, where that can be seen', async () => {
    const frozen = await open({ lockMs: 1_000, self: describeProcess() })
    await frozen.journal.accept(invocationOf('1'))
    frozen.wire.cut()
    const began = performance.now()
    const next = await open({ lockMs: 1_000, self: describeProcess() })
    const desk = createDesk()
    await next.journal.start(desk.work)
    await desk.next()
    expect(performance.now() - began).toBeGreaterThan(3_000)
  })

  it('stays with a process that says again that it lives while it is taken', async () => {
    const { journal } = await open()
    await journal.accept(invocationOf('1'))
    const owner = (await control.zrange(await keyOf('*owners'), 0, '0'))[0] ?? ''
    const other = createRedisOwners({ redis: control, self: elsewhere(), lockMs, nextToken: () => 'other 1\n' })
    expect(await other.claim({ id: owner }, 1)).toEqual({ leases: [], more: false })
    await control.zadd(await keyOf('*owners'), 1, owner)
    expect((await other.claim({ id: owner }, 1)).leases).toMatchObject([{ state: { invocation: { id: '1' } } }])
  })

  it('is not the process’s that had it once, though it gets it again', async () => {
    const [frozen, other] = [await open(), await open()]
    const [here, there] = [createDesk(), createDesk()]
    await frozen.journal.start(here.work)
    await frozen.journal.accept(invocationOf('1'))
    const before = await here.next()
    await before.entry.begin()
    frozen.wire.cut()
    await other.journal.start(there.work)
    await there.next()
    await other.journal.stop(0)
    frozen.wire.mend()
    const after = await here.next(1)
    await expect(before.entry.sending()).rejects.toThrow('taken over')
    await after.entry.record(say('mine now'))
  })

  it('is begun, though Redis’s answer that it was kept came too late', async () => {
    const { journal, wire } = await open()
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('warm'))
    wire.mute()
    await expect(journal.accept(invocationOf('1'))).rejects.toMatchObject({ code: 'unavailable' })
    wire.cut()
    wire.mend()
    expect(await journal.accept(invocationOf('1'))).toBe(false)
    const { entry } = await desk.next(1)
    expect(entry).toMatchObject({ invocation: { id: '1' }, recovery: undefined })
    await passed(500)
    expect(desk.taken).toHaveLength(2)
  })

  for (const { answer, ms } of [
    { answer: 'came too late', ms: 3_000 },
    { answer: 'was lost on the way', ms: 200 },
  ]) {
    it(`is taken up as it was left, though Redis’s answer that it was taken ${answer}`, async () => {
      const [dying, next] = [await open(), await open()]
      const [here, there] = [createDesk(), createDesk()]
      await dying.journal.start(here.work)
      await dying.journal.accept(invocationOf('1'))
      const { entry } = await here.next()
      await entry.record(say('hello'))
      dying.wire.cut()
      next.wire.mute(' taken ')
      await next.journal.start(there.work)
      await expect.poll(async () => await holderOf('1'), { interval: 10 }).toContain(' taken ')
      await passed(ms)
      next.wire.cut()
      next.wire.mend()
      expect((await there.next()).entry.recovery).toMatchObject({ replies: [say('hello')] })
      await passed(500)
      expect(there.taken).toHaveLength(1)
    })
  }

  it('is new once, though the answer was lost on the way', async () => {
    const { journal, wire } = await open()
    await journal.accept(invocationOf('warm'))
    wire.mute()
    const proof = { key: 'seen/chat/1', body: 'a', until: Date.now() + 60_000 }
    const first = journal.accept(invocationOf('1'), proof)
    await passed(100)
    wire.cut()
    wire.mend()
    expect(await first).toBe(true)
    await expect(journal.accept(invocationOf('1'), proof)).rejects.toMatchObject({ code: 'unverified' })
  })

  it('is the one of two that came at the same instant with one proof', async () => {
    const journals = [(await open()).journal, (await open()).journal]
    const until = Date.now() + 60_000
    for (let n = 0; n < 20; n++) {
      const proof = { key: `seen/chat/${n}`, body: '', until }
      const takes = await Promise.allSettled(journals.map((journal) => journal.accept(invocationOf(`${n}`), proof)))
      expect(takes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(takes.find(({ status }) => status === 'fulfilled')).toMatchObject({ value: true })
    }
  })

  it('is not taken for an orphan by its own process where it was written down while that asked what it has', async () => {
    // A cluster sends again what was refused while it had no master, so its order is not that in which it was asked.
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const late = new Proxy(control, {
      get: (redis, name) =>
        name === 'smembers' ? (key: string) => asked.then(() => redis.smembers(key)) : Reflect.get(redis, name, redis),
    })
    const self = elsewhere()
    const parts = { redis: late, log: silentLogger, me: self.id, auditDays: 1 }
    const entries = createRedisEntries(parts)
    const owners = createRedisOwners({ ...parts, self, lockMs, nextToken: () => 'taken 1\n' })
    const leases = new RecordMap<Lease>()
    const taken: Lease[] = []
    const more = { log: silentLogger, take: (lease: Lease) => void taken.push(lease), capacity: () => 100 }
    const look = (): Promise<void> => reclaim({ entries, owners, leases, ...more, doubts: 1 })
    const reclaimed = look()
    const lease = { state: accepted(invocationOf('1'), Date.now()), token: `${self.id} accepted 1\n` }
    leases.set(lease.token, lease)
    expect(await entries.add(lease)).toBe(true)
    answer()
    await reclaimed
    expect(taken).toEqual([])
    leases.delete(lease.token) // as where the answer to the writing is lost
    await look()
    expect(taken).toHaveLength(1)
  })

  it('is kept again where a master died before its replica heard of it', async () => {
    const { journal } = await open()
    const desk = createDesk()
    await journal.start(desk.work)
    await journal.accept(invocationOf('1'))
    const { entry, finish } = await desk.next()
    await control.flushall()
    await entry.record(say('hello'))
    expect((await journal.findRecord('1'))?.events.map(({ what }) => what)).toEqual(['accepted', 'begun'])
    await control.flushall()
    finish('done')
    await closed(journal, '1')
  })

  it('is kept though what is asked for with it cannot be written', async () => {
    const { journal } = await open()
    const desk = createDesk()
    await journal.start(desk.work)
    for (const id of ['1', '2']) await journal.accept(invocationOf(id))
    const [bad, good] = [await desk.next(0), await desk.next(1)]
    const unwritable = Object.assign(say('hello'), { fields: 1n })
    const noted = await Promise.allSettled([bad.entry.record(unwritable), good.entry.record(say('hello'))])
    expect(noted.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it('lasts while it is open; what is closed, a proof and a process are forgotten', async () => {
    const [{ journal }, other] = [await open({ auditDays: 2 }), await open()]
    const desk = createDesk()
    await journal.start(desk.work)
    const proof = { key: 'seen/chat/1', body: 'a', until: Date.now() + 10_000 }
    await journal.accept(invocationOf('1'), proof)
    await journal.accept(invocationOf('2'))
    ;(await desk.next(0)).finish('done')
    await closed(journal, '1')
    const days = (await control.pttl(await keyOf('*entry:*1'))) / 86_400_000
    expect(days).toBeGreaterThan(1.9)
    expect(days).toBeLessThanOrEqual(2)
    expect(await control.pttl(await keyOf('*entry:*2'))).toBe(-1)
    const seconds = (await control.pttl(await keyOf('*proof:*'))) / 1_000
    expect(seconds).toBeGreaterThan(60)
    expect(seconds).toBeLessThanOrEqual(70)
    expect(await control.zcard(await keyOf('*owners'))).toBe(2)
    ;(await desk.next(1)).finish('done')
    await Promise.all([journal.stop(1_000), other.journal.stop(0)])
    expect((await control.keys('*')).filter((key) => !/entry:|proof:/.test(key))).toEqual([await keyOf('*audit')])
  })

  it('is never shortened away, as the oldest that closed are', async () => {
    const { journal } = await open()
    const desk = createDesk()
    await journal.start(desk.work)
    for (let n = 0; n < 8; n++) {
      await journal.accept(invocationOf(`${n}`))
      if (n > 1) (await desk.next(n)).finish('done')
      await passed(2) // each in a millisecond of its own
    }
    await expect.poll(() => journal.open()).toMatchObject({ running: 2 })
    await createRedisEntries({ redis: control, log: silentLogger, me: 'test', auditDays: 1 }).trim(4)
    const left: string[] = []
    for await (const { id } of journal.audit()) left.push(id)
    expect(left).toEqual(['7', '6', '1', '0'])
    expect(await journal.findRecord('5')).toBeUndefined()
  })

  async function holderOf(id: string): Promise<string> {
    return (await control.get(await keyOf(`*entry:*${id}`)))?.split('\n')[0] ?? ''
  }

  async function keyOf(pattern: string): Promise<string> {
    return (await control.keys(`{slashroom}${pattern}`))[0] ?? ''
  }
})

describe('what is open in a Redis Cluster', () => {
  it('goes from hand to hand as anywhere', async () => {
    const cluster = await startRedis({ cluster: true })
    const open = () => withQueue(createRedisJournal({ url: cluster.url, log: silentLogger, lockMs, lookMs: 100 }))
    const [one, other] = [open(), open()]
    const proof = { key: 'seen/{chat}/1', body: 'a', until: Date.now() + 60_000 }
    expect(await one.accept(invocationOf('{1}'), proof)).toBe(true)
    await expect(other.accept(invocationOf('{1}'), proof)).rejects.toMatchObject({ code: 'unverified' })
    expect(await other.accept(invocationOf('x'.repeat(1_000)))).toBe(true)
    await one.stop(0)
    await other.start(async () => 'done')
    await closed(other, '{1}')
    await closed(other, 'x'.repeat(1_000))
    await other.stop(0)
    await cluster.stop()
  })
})

const lockMs = 2_000

/** A process whose pid nobody can look up. */
function elsewhere(): ProcessIdentity {
  return { ...describeProcess(), space: '' }
}

/** Work that waits for the test to finish it. */
function createDesk() {
  const taken: { readonly entry: JournalEntry; finish(outcome: Outcome): void }[] = []
  return {
    taken,
    work: (entry: JournalEntry) => new Promise<Outcome>((finish) => taken.push({ entry, finish })),
    async next(at = 0) {
      await expect.poll(() => taken.length, { interval: 10 }).toBeGreaterThan(at)
      const found = taken[at]
      if (!found) throw new Error('nothing was handed over')
      return found
    },
  }
}

async function closed(journal: WorkingJournal, id: string): Promise<void> {
  await expect.poll(async () => (await journal.findRecord(id))?.outcome, { interval: 10 }).toBeDefined()
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
