import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFilter, filterBytes } from '../../../../src/journal/wal/index/filter.js'
import { idKey } from '../../../../src/journal/wal/index/id-key.js'
import { openRun } from '../../../../src/journal/wal/index/run.js'
import { createRunWriter } from '../../../../src/journal/wal/index/run-writer.js'
import { recordBytes, recordsOf } from './records.js'

describe('a file of the index', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  })
  afterEach(async () => {
    await rm(dir, { recursive: true })
  })

  it('finds each key that it has, and no other', async () => {
    for (const count of [1, 2, 127, 128, 129, 20_000]) {
      const run = await runOf(join(dir, `${count}`), count)
      const wrong = Array.from({ length: count }, (_, n) => n).filter(
        (n) =>
          run?.find(idKey(`${n}`))?.readDoubleBE(recordBytes - 8) !== n || run.find(idKey(`not ${n}`)) !== undefined,
      )
      expect(wrong).toEqual([])
      run?.close()
    }
  })

  it('is not opened where it was cut short, or its filter or its end is damaged', async () => {
    const path = join(dir, 'run')
    ;(await runOf(path, 1_000))?.close()
    const whole = await readFile(path)
    for (const length of [0, 10, 1_000 * recordBytes, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length))
      expect(openRun(path, recordBytes)).toBeUndefined()
    }
    for (const at of [1_000 * recordBytes + 5, whole.length - 24, whole.length - 10]) {
      const damaged = Buffer.from(whole)
      damaged[at] = ~(whole[at] ?? 0)
      await writeFile(path, damaged)
      expect(openRun(path, recordBytes)).toBeUndefined()
    }
    await writeFile(path, whole)
    expect(openRun(path, recordBytes + 8)).toBeUndefined()
    expect(openRun(join(dir, 'none'), recordBytes)).toBeUndefined()
  })

  it('asks the disk for one key in a hundred that it has not', () => {
    const filter = createFilter(Buffer.alloc(filterBytes(10_000)))
    for (let n = 0; n < 10_000; n++) filter.add(idKey(`${n}`), 0)
    let wrong = 0
    let right = 0
    for (let n = 0; n < 10_000; n++) {
      if (filter.mayHave(idKey(`${n}`))) right++
      if (filter.mayHave(idKey(`not ${n}`))) wrong++
    }
    expect(right).toBe(10_000)
    expect(wrong).toBeLessThan(200)
  })
})

async function runOf(path: string, count: number) {
  const writer = createRunWriter(path, recordBytes, count)
  writer.append(recordsOf(Array.from({ length: count }, (_, n) => [`${n}`, n])))
  await writer.finish()
  return openRun(path, recordBytes)
}
