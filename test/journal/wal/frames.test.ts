import { appendFileSync, closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Frames, readFrames, toFrame } from '../../../src/journal/wal/frames.js'

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  return { ...fs, readSync: vi.fn(fs.readSync) }
})

describe('frames', () => {
  let dir: string
  let path: string
  let file: number
  const write = (...parts: Buffer[]): Frames => {
    writeFileSync(path, Buffer.concat(parts))
    file = openSync(path, 'r')
    return readFrames(file)
  }
  const texts = (frames: Frames): string[] => {
    const found: string[] = []
    for (let frame = frames.next(0); frame; frame = frames.next(frame.end)) found.push(frame.text())
    return found
  }

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'slashroom-'))
    path = join(dir, 'log')
  })
  afterEach(() => {
    closeSync(file)
    rmSync(dir, { recursive: true })
  })

  it('are read as they were written, however long', () => {
    const long = 'ä💥'.repeat(100_000)
    const frames = write(toFrame(a, 1, 'one\nline'), toFrame(b, 7, long), toFrame(a, 2, ''))
    expect(texts(frames)).toEqual(['one\nline', long, ''])
    expect(frames.next(0)).toMatchObject({ owner: a, sequence: 1, start: 0 })
    expect(Math.abs(Date.now() - (frames.next(0)?.at ?? 0))).toBeLessThan(10_000)
  })

  it('count only where they are whole: what a crash cut short is passed over', () => {
    const frame = toFrame(a, 1, 'x'.repeat(100))
    for (let length = 0; length < frame.length; length++) {
      expect(texts(write(frame.subarray(0, length), toFrame(b, 1, 'next')))).toEqual(['next'])
      closeSync(file)
    }
    const far = Buffer.concat([toFrame(a, 1, 'y'.repeat(300_000)).subarray(0, 290_000), Buffer.alloc(100_000)])
    expect(texts(write(far, toFrame(b, 1, 'next')))).toEqual(['next'])
  })

  it('count only where nothing in them was changed', () => {
    const frame = toFrame(a, 1, 'words')
    for (let at = 0; at < frame.length; at++) {
      const changed = Buffer.from(frame)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(texts(write(changed, toFrame(b, 1, 'next')))).toEqual(['next'])
      closeSync(file)
    }
    write()
  })

  it('are read once they are whole, where they were not before', () => {
    const frame = toFrame(a, 1, 'x'.repeat(1_000))
    const frames = write(toFrame(b, 1, 'first'), frame.subarray(0, 500))
    const end = frames.next(0)?.end ?? 0
    expect(frames.next(end)).toBeUndefined()
    appendFileSync(path, frame.subarray(500))
    expect(frames.next(end)?.text()).toBe('x'.repeat(1_000))
  })

  it('are not passed over for one behind them that was whole earlier in the same look', () => {
    const [one, two] = [toFrame(a, 1, 'x'.repeat(1_000)), toFrame(b, 1, 'two')]
    const frames = write(one.subarray(0, 500))
    const read = vi.mocked(readSync).getMockImplementation() as typeof readSync
    const grows = (...args: Parameters<typeof readSync>) => {
      const count = read(...args)
      if (++reads === 4) appendFileSync(path, Buffer.concat([one.subarray(500), two]))
      return count
    }
    let reads = 0
    vi.mocked(readSync).mockImplementation(grows as typeof readSync)
    expect(frames.next(0)?.text()).toBe('x'.repeat(1_000))
    vi.mocked(readSync).mockImplementation(read)
  })

  it('are found by who wrote them without being read', () => {
    const [one, two] = [toFrame(a, 1, 'one'), toFrame(b, 1, 'two')]
    const frames = write(one, two)
    expect(frames.endOf(0, a, 1)).toBe(one.length)
    expect(frames.endOf(0, a, 2)).toBeUndefined()
    expect(frames.endOf(one.length, a, 1)).toBeUndefined()
    expect(frames.endOf(one.length + two.length, a, 1)).toBeUndefined()
  })
})

const a = 'a'.repeat(16)
const b = 'b'.repeat(16)
