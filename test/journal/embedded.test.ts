import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEmbeddedJournal } from '../../src/journal/embedded.js'
import { describeOwner } from '../../src/journal/owner.js'
import { findProofs } from '../../src/journal/proofs.js'
import { UnavailableError } from '../../src/model/errors.js'
import { silentLog } from '../../src/model/log.js'
import { say } from '../../src/model/reply.js'
import { openEmbedded } from '../../src/stores/embedded.js'
import type { Embedded } from '../../src/stores/environment.js'
import { keepsJournalPromises, type Place } from '../contracts/journal.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('the embedded journal', () => {
  keepsJournalPromises(findPlace)

  it('forgets what is older than the audit keeps, and nothing that is open', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openEmbedded(dir)
    const journal = createEmbeddedJournal({ embedded, log: silentLog })
    await journal.start(async ({ invocation }) => (invocation.id === 'open' ? await new Promise(() => {}) : 'done'))
    for (let n = 0; n < 1_200; n++) void journal.accept(invocationOf(`closed${n}`))
    await journal.accept(invocationOf('open'))
    await expect.poll(() => journal.open(), { timeout: 5_000 }).toEqual({ waiting: 0, running: 1, delivering: 0 })
    const later = createEmbeddedJournal({ embedded, log: silentLog, auditDays: 0 })
    await later.start(async () => 'done')
    await expect.poll(() => [...embedded.table('stories').getKeys()].length).toBe(0)
    expect(await later.story('open')).toMatchObject({ id: 'open' })
    expect([...embedded.table('times').getKeys()].map(String)).toEqual(['open'])
    await Promise.all([journal.stop(0), later.stop(0)])
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('marks again what could not be written for a while', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openEmbedded(dir)
    let away = false
    const stumbling: Embedded = {
      ...embedded,
      finish: (change, bytes) =>
        away ? Promise.reject(new UnavailableError('The store is away.', 1)) : embedded.finish(change, bytes),
    }
    const journal = createEmbeddedJournal({ embedded: stumbling, log: silentLog })
    await journal.start(async (entry) => {
      away = true
      setTimeout(() => {
        away = false
      }, 50)
      await entry.record(say('x'))
      return 'done'
    })
    await journal.accept(invocationOf('1'))
    await expect.poll(() => journal.story('1'), { timeout: 3_000 }).toMatchObject({ outcome: 'done' })
    await journal.stop(0)
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('forgets proofs that are out of time, and no others', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    const embedded = openEmbedded(dir)
    const proofs = findProofs(embedded)
    const now = Date.now()
    await embedded.write(() => {
      for (let n = 0; n < 600; n++) proofs.show({ key: `seen/${n}`, body: 'a', until: now - 60_001 - n }, true)
      proofs.show({ key: 'seen/good', body: 'a', until: now - 30_000 }, true)
    }, 100_000)
    expect(await embedded.finish(proofs.sweep, 0)).toBe(true)
    expect(await embedded.finish(proofs.sweep, 0)).toBe(false)
    expect([...embedded.table('proofs').getKeys()].map((key) => String(key).slice(-4))).toEqual(['good'])
    await embedded.close()
    await rm(dir, { recursive: true })
  })
})

/** Each journal belongs to a process of its own, as far as the others can see. */
async function findPlace(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  const embedded = openEmbedded(dir)
  const processes: ChildProcess[] = []
  return {
    async open(bounds) {
      const child = spawn('sleep', ['120'], { stdio: 'ignore' })
      await once(child, 'spawn')
      processes.push(child)
      const self = describeOwner(child.pid)
      const journal = createEmbeddedJournal({ embedded, log: silentLog, lookMs: 50, self, ...bounds })
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
