import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { idKey } from '../../../../src/journal/wal/index/id-key.js'
import { openRunIndex, type RunIndex, runsToMerge } from '../../../../src/journal/wal/index/run-index.js'
import { type LmdbEnvironment, openLmdb } from '../../../../src/stores/lmdb.js'
import { recordBytes, recordsOf } from './records.js'

describe('an index in files', () => {
  let dir: string
  let embedded: LmdbEnvironment
  let horizon: number
  const opened: RunIndex[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    embedded = openLmdb(dir)
    horizon = 0
  })
  afterEach(async () => {
    for (const index of opened.splice(0)) index.close()
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('finds all that was added, by whichever process, before and after it was merged into few files', async () => {
    const [index, other] = [open(), open()]
    for (let n = 0; n < 20; n++) {
      await (n % 3 === 0 ? other : index).add(some(n), () => true)
      await (n % 2 === 0 ? other : index).tidy()
      expect(timeIn(index, `${n}/7`)).toBe(n)
      expect(timeIn(other, `${n}/7`)).toBe(n)
    }
    const again = open()
    for (const one of [index, other, again]) {
      for (let n = 0; n < 20; n++) for (let m = 0; m < 10; m++) expect(timeIn(one, `${n}/${m}`)).toBe(n)
      expect(timeIn(one, '20/0')).toBeUndefined()
    }
    expect(listed().length).toBeLessThan(7)
  })

  it('merges at the same time as others, and loses nothing', async () => {
    const all = [open(), open(), open()]
    await Promise.all(
      all.map(async (index, which) => {
        for (let n = which; n < 30; n += 3) {
          await index.add(some(n), () => true)
          await Promise.all([index.tidy(), index.tidy()])
        }
      }),
    )
    for (const index of all) for (let n = 0; n < 30; n++) expect(timeIn(index, `${n}/3`)).toBe(n)
  })

  it('adds nothing that is not wanted any more, and the later of two with one key', async () => {
    const index = open()
    expect(await index.add(recordsOf([['a', 1]]), () => false)).toBe(false)
    expect(timeIn(index, 'a')).toBeUndefined()
    expect(await index.add(recordsOf([['a', 2]]), () => true)).toBe(true)
    await index.add(recordsOf([['a', 3]]), () => true)
    expect(timeIn(index, 'a')).toBe(3)
    await index.tidy()
    expect(timeIn(index, 'a')).toBe(3)
  })

  it('lets go of what is over, and of files that nobody lists', async () => {
    const index = open()
    for (let n = 0; n < 8; n++) await index.add(some(n), () => true)
    horizon = 4
    expect(timeIn(index, '3/0')).toBeUndefined()
    expect(timeIn(index, '4/0')).toBe(4)
    await index.tidy()
    expect(listed()).toHaveLength(1)
    expect(listed()[0]?.count).toBe(40)
    horizon = 9
    await index.tidy()
    expect(listed()).toHaveLength(0)

    const files = async () => await readdir(join(dir, 'index'))
    for (const [name, ageMs] of [
      ['calls-young', 1_000],
      ['calls-old', 700_000],
    ] as const) {
      await writeFile(join(dir, 'index', name), 'cut short')
      await utimes(join(dir, 'index', name), 0, (Date.now() - ageMs) / 1_000)
    }
    await index.tidy()
    expect(await files()).toContain('calls-young')
    expect(await files()).not.toContain('calls-old')
  })

  it('knows that a file is missing, and counts on it no more when it is told so', async () => {
    const index = open()
    await index.add(some(1), () => true)
    expect(index.isIncomplete()).toBe(false)
    await rm(join(dir, 'index'), { recursive: true })
    const again = open()
    expect(again.isIncomplete()).toBe(true)
    await again.dropLost()
    expect(again.isIncomplete()).toBe(false)
    expect(listed()).toHaveLength(0)
  })

  it('merges the latest back to a file that is twice as long as all of them', () => {
    const counts = (...all: number[]) => runsToMerge(all.map((count) => ({ count }))).map(({ count }) => count)
    expect(counts()).toEqual([])
    expect(counts(8)).toEqual([8])
    expect(counts(16, 8)).toEqual([8])
    expect(counts(15, 8)).toEqual([15, 8])
    expect(counts(200, 45, 15, 8)).toEqual([45, 15, 8])
  })

  function open(): RunIndex {
    const index = openRunIndex({ embedded, name: 'calls', recordBytes, horizon: () => horizon })
    opened.push(index)
    return index
  }

  function listed(): readonly { readonly count: number }[] {
    return JSON.parse(embedded.table('marks').get(Buffer.from('runs of calls')) ?? '[]')
  }
})

/** Ten records of one time. */
function some(time: number): Buffer {
  return recordsOf(Array.from({ length: 10 }, (_, n) => [`${time}/${n}`, time]))
}

function timeIn(index: RunIndex, id: string): number | undefined {
  return index.find(idKey(id))?.readDoubleBE(recordBytes - 8)
}
