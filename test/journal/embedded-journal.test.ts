import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEmbeddedJournal } from '../../src/journal/embedded-journal.js'
import type { AcceptOptions, JournalEntry } from '../../src/journal/journal.js'
import { describeProcess } from '../../src/journal/process-liveness.js'
import { openSharedLog, type SharedLog } from '../../src/journal/wal/shared-log.js'
import { findSnapshot } from '../../src/journal/wal/snapshot.js'
import { UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { say } from '../../src/model/reply.js'
import { openLmdb } from '../../src/stores/lmdb.js'
import { keepsJournalPromises, type Place } from '../contracts/journal.js'
import { invocationOf } from '../fixtures/invocation.js'
import { withQueue } from '../fixtures/working-journal.js'

describe('the embedded journal', () => {
  keepsJournalPromises(findPlace)

  it('forgets what is older than the audit keeps, and nothing that is open', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openLmdb(dir)
    const journal = withQueue(createEmbeddedJournal({ embedded, log: silentLogger }))
    await journal.start(async ({ invocation }) => (invocation.id === 'open' ? await new Promise(() => {}) : 'done'))
    for (let n = 0; n < 1_200; n++) void journal.accept(invocationOf(`closed${n}`))
    await journal.accept(invocationOf('open'))
    await expect.poll(() => journal.open()).toEqual({ waiting: 0, running: 1, delivering: 0 })
    const bytes = async (): Promise<number> => {
      const names = (await readdir(join(dir, 'log'))).filter((name) => /log|done/.test(name))
      return (await Promise.all(names.map((name) => stat(join(dir, 'log', name))))).reduce(
        (sum, { size }) => sum + size,
        0,
      )
    }
    expect(await bytes()).toBeGreaterThan(500_000)

    const openLog: typeof openSharedLog = (parts) => openSharedLog({ ...parts, segmentMs: 0, restMs: 0 })
    // The first to look at it end the file that is written to, and take away what was ended.
    const look = async () => {
      const later = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, auditDays: 0, openLog }))
      await later.start(async () => 'done')
      await passed(300)
      await later.stop(0)
      return await bytes()
    }
    await expect.poll(look).toBeLessThan(1_000)
    expect(await journal.findRecord('closed1')).toBeUndefined()
    expect(await journal.findRecord('open')).toMatchObject({ id: 'open' })
    expect(await journal.accept(invocationOf('open'))).toBe(false)
    expect(await journal.accept(invocationOf('closed1'))).toBe(true)
    await journal.stop(0)
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('lets go of what was answered once it is done with it, and keeps the stories', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openLmdb(dir)
    const logs: SharedLog[] = []
    const openLog: typeof openSharedLog = (parts) => {
      const shared = openSharedLog({ ...parts, segmentMs: 0, restMs: 0 })
      logs.push(shared)
      return shared
    }
    const open = () => withQueue(createEmbeddedJournal({ embedded, log: silentLogger, openLog }))
    const [journal, idle] = [open(), open()]
    await journal.start(async (entry) => {
      await entry.record(say('confidential'))
      if (entry.invocation.id === 'open') await new Promise(() => {})
      return 'done'
    })
    for (const id of ['1', '2', 'open', '3']) {
      await journal.accept(invocationOf(id))
      await passed(5)
    }
    const files = async (): Promise<string> => {
      const names = (await readdir(join(dir, 'log'))).filter((name) => name !== 'reserve')
      return (await Promise.all(names.map((name) => readFile(join(dir, 'log', name), 'utf8')))).join('')
    }
    await expect.poll(async () => (await journal.findRecord('3'))?.outcome).toBe('done')
    expect(await files()).toContain('confidential')
    await expect
      .poll(
        async () => {
          await logs[0]?.compact(0)
          return await files()
        },
        { interval: 300 },
      )
      .not.toContain('confidential')

    for (const reader of [journal, idle, open()]) {
      expect((await reader.findRecord('2'))?.outcome).toBe('done')
      const found: string[] = []
      for await (const { id } of reader.audit()) found.push(id)
      expect(found).toEqual(['3', 'open', '2', '1'])
      expect(await reader.accept(invocationOf('2'))).toBe(false)
    }
    await journal.stop(0)
    const desk = new Promise<unknown>((resolve) => {
      void idle.start(async ({ recovery: left }) => {
        resolve(left?.replies)
        return 'done'
      })
    })
    expect(await desk).toEqual([say('confidential')])
    await Promise.all(logs.map((log) => log.end()))
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('makes its index anew from the log where its files are gone', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const openLog: typeof openSharedLog = (parts) => openSharedLog({ ...parts, mostRows: 16 })
    const warnings: string[] = []
    const log = { ...silentLogger, warn: (_: unknown, message: string) => void warnings.push(message) }
    const open = () => {
      const embedded = openLmdb(dir)
      return { embedded, journal: withQueue(createEmbeddedJournal({ embedded, log, openLog })) }
    }
    const before = open()
    await before.journal.start(async () => 'done')
    for (let n = 0; n < 200; n++) await before.journal.accept(invocationOf(`${n}`))
    await expect.poll(async () => (await readdir(join(dir, 'index')).catch(() => [])).length).toBeGreaterThan(0)
    await expect.poll(() => before.journal.open().running).toBe(0)
    await before.journal.stop(0)
    await before.embedded.close()

    await rm(join(dir, 'index'), { recursive: true })
    const after = open()
    await after.journal.start(async () => 'done')
    await expect.poll(() => warnings).toEqual([expect.stringContaining('index')])
    const unknown = async () => {
      const records = await Promise.all(Array.from({ length: 200 }, (_, n) => after.journal.findRecord(`${n}`)))
      return records.filter((record) => record?.outcome !== 'done').length
    }
    await expect.poll(unknown).toBe(0)
    expect(await after.journal.accept(invocationOf('7'))).toBe(false)
    await after.journal.stop(0)
    await after.embedded.close()
    await rm(dir, { recursive: true })
  })

  it('saves what others wrote too, so that it need not remember it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openLmdb(dir)
    const idle = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 50 }))
    await idle.start(async () => 'done')
    const unsaving = { ...embedded, writeReserved: () => Promise.reject(new UnavailableError('The disk is full.', 1)) }
    const busy = openSharedLog({
      embedded: unsaving,
      owner: 'b'.repeat(16),
      log: silentLogger,
      onOrphan: () => undefined,
    })
    await busy.write({ kind: 'accept', id: '1', turn: 0, text: '{"events":[]}' }, true)
    await expect.poll(() => findSnapshot(embedded).find('1')).toBeDefined()
    await Promise.all([busy.end(), idle.stop(0)])
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('writes a mark anew that is made when the record before it has been written and not yet settled', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openLmdb(dir)
    const kept: string[] = []
    let onWritten = () => {}
    const openLog: typeof openSharedLog = (parts) => {
      const shared = openSharedLog(parts)
      const write: typeof shared.write = (source, fresh) =>
        shared.write(() => {
          const record = typeof source === 'function' ? source() : source
          if (record.kind === 'keep') kept.push(record.text)
          queueMicrotask(onWritten) // before anybody hears of it
          return record
        }, fresh)
      return { ...shared, write }
    }
    const journal = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, openLog }))
    await journal.start(async (entry) => {
      const second = new Promise<void>((resolve) => {
        onWritten = () => {
          onWritten = () => {}
          resolve(entry.record(say('second')))
        }
      })
      await entry.record(say('first'))
      await second
      expect(kept.at(-1)).toContain('second')
      return 'done'
    })
    await journal.accept(invocationOf('1'))
    await expect.poll(() => journal.findRecord('1')).toMatchObject({ outcome: 'done' })
    await journal.stop(0)
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('marks again what could not be written for a while', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openLmdb(dir)
    let away = false
    const openLog: typeof openSharedLog = (parts) => {
      const shared = openSharedLog(parts)
      const write: typeof shared.write = (source, fresh) =>
        away ? Promise.reject(new UnavailableError('The store is away.', 1)) : shared.write(source, fresh)
      return { ...shared, write }
    }
    const journal = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, openLog }))
    await journal.start(async (entry) => {
      away = true
      setTimeout(() => {
        away = false
      }, 50)
      await entry.record(say('x'))
      return 'done'
    })
    await journal.accept(invocationOf('1'))
    await expect.poll(() => journal.findRecord('1')).toMatchObject({ outcome: 'done' })
    await journal.stop(0)
    await embedded.close()
    await rm(dir, { recursive: true })
  })
})

describe('what a dead process left', () => {
  it('is taken up though it was written after the log was last read', async () => {
    const { dir, embedded, begin, die } = await startDying()
    let isFirst = true
    const openLog: typeof openSharedLog = (parts) => {
      const shared = openSharedLog(parts)
      const catchUp = () => {
        if (!isFirst) shared.catchUp()
        isFirst = false
      }
      return { ...shared, catchUp }
    }
    const taken: string[] = []
    const other = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 3_600_000, openLog }))
    await begin('late')
    await die()
    await other.start(async ({ invocation }) => {
      taken.push(invocation.id)
      return 'done'
    })
    await expect.poll(() => taken).toEqual(['late'])
    await other.stop(0)
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('is taken up though the process is not known any more', async () => {
    const { dir, embedded, begin, die, id } = await startDying()
    await begin('forgotten')
    await die()
    await embedded.writeReserved(() => embedded.table('owners').remove(Buffer.from(id)), 0)
    const other = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 20 }))
    await other.start(async () => 'done')
    await expect.poll(() => other.findRecord('forgotten')).toMatchObject({ outcome: 'done' })
    await other.stop(0)
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('is new where it was accepted as begun and refused, since it never ran', async () => {
    const { dir, embedded, journal, begin, die } = await startDying(refusing)
    const taken: JournalEntry[] = []
    await journal.recover({ take: (entry) => void taken.push(entry), capacity: () => 100 })
    await expect(begin('1', { begun: true })).rejects.toThrow(UnavailableError)
    await expect.poll(() => taken).toHaveLength(1)
    expect(taken[0]).toMatchObject({ invocation: { id: '1' }, recovery: undefined })
    await die()
    const other = createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 20 })
    await other.recover({ take: (entry) => void taken.push(entry), capacity: () => 100 })
    await expect.poll(() => taken).toHaveLength(2)
    expect(taken[1]).toMatchObject({ invocation: { id: '1' }, recovery: undefined })
    await other.close()
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  /** The disk fails behind each record that is new: it stands in the log, and its sender is told that it does not. */
  function refusing(parts: Parameters<typeof openSharedLog>[0]): SharedLog {
    const shared = openSharedLog(parts)
    return {
      ...shared,
      async write(source, fresh) {
        const result = await shared.write(source, fresh)
        if (!fresh || typeof source === 'function') return result
        parts.onOrphan(source)
        throw new UnavailableError('The store cannot be written.', 1)
      },
    }
  }

  /** A journal whose process dies without a word when it is told to. */
  async function startDying(openLog?: typeof openSharedLog) {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openLmdb(dir)
    const child = spawn('sleep', ['120'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const self = describeProcess(child.pid)
    const journal = createEmbeddedJournal({ embedded, log: silentLogger, self, ...(openLog && { openLog }) })
    const begin = (id: string, options?: AcceptOptions) => journal.accept(invocationOf(id), options)
    const die = async () => {
      await end(child)
      await journal.close() // its heartbeat would go on
    }
    return { dir, embedded, journal, id: self.id, begin, die }
  }
})

/** Each journal belongs to a process of its own, as far as the others can see. */
async function findPlace(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  const embedded = openLmdb(dir)
  const processes: ChildProcess[] = []
  return {
    async open(bounds) {
      const child = spawn('sleep', ['120'], { stdio: 'ignore' })
      await once(child, 'spawn')
      processes.push(child)
      const self = describeProcess(child.pid)
      const journal = withQueue(createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 50, self }), bounds)
      return { journal, die: () => end(child), thaw: async () => {} }
    },
    async clear() {
      await Promise.all(processes.map(end))
      await embedded.close()
      await rm(dir, { recursive: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
