import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmbeddedJournal } from '../../../src/journal/embedded-journal.js'
import { reportDamage } from '../../../src/journal/wal/damage.js'
import { openWal } from '../../../src/journal/wal/wal.js'
import { silentLogger } from '../../../src/model/logger.js'
import { openLmdb } from '../../../src/stores/lmdb.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { withQueue } from '../../fixtures/working-journal.js'

describe('damage of the log', () => {
  let dir: string
  let lines: { readonly text: string; readonly bytes?: unknown }[]
  const note = (facts: object, text: string) => void lines.push({ text, ...facts })
  const log = { ...silentLogger, warn: note, error: note }
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'slashroom-'))
    lines = []
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  function writeLog(): { readonly path: string; readonly third: number } {
    const wal = openWal({ dir, owner: 'a'.repeat(16), from: 0, onFrame: () => undefined, onGap: () => 0 })
    const positions = ['one', 'two', 'three', 'four'].map((text) => wal.write(text))
    wal.close()
    return { path: join(dir, '00000001.log'), third: positions[2] ?? 0 }
  }

  it('is said of none where there is none', async () => {
    writeLog()
    await reportDamage(dir, 0, log)
    expect(lines).toEqual([])
  })

  it('is said with what it means: lost, missing in the audit, or never acknowledged', async () => {
    const { path, third } = writeLog()
    const place = readFileSync(path).indexOf('two')
    flip(path, place)
    await reportDamage(dir, 0, log)
    expect(lines).toMatchObject([{ file: path, bytes: 35, text: expect.stringContaining('are lost') }])
    await reportDamage(dir, third, log)
    expect(lines[1]?.text).toContain('missing from the audit')
    flip(path, place)
    appendFileSync(path, 'cut short')
    await reportDamage(dir, 0, log)
    expect(lines[2]).toMatchObject({ bytes: 9, text: expect.stringContaining('never acknowledged') })
  })

  it('is said at start, and the rest is taken up', async () => {
    const open = (given = silentLogger) => {
      const embedded = openLmdb(dir)
      return { embedded, journal: withQueue(createEmbeddedJournal({ embedded, log: given })) }
    }
    const before = open()
    for (const id of ['1', '2', '3']) await before.journal.accept(invocationOf(id))
    await before.journal.stop(0)
    await before.embedded.close()
    const path = join(dir, 'log', '00000001.log')
    flip(path, readFileSync(path).indexOf('"2"'))
    const after = open(log)
    await after.journal.start(async () => 'done')
    await expect.poll(() => lines.map(({ text }) => text)).toEqual([expect.stringContaining('the log is damaged')])
    await expect.poll(async () => (await after.journal.findRecord('3'))?.outcome).toBe('done')
    await after.journal.stop(0)
    await after.embedded.close()
  })
})

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
