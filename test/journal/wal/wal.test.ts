import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toFrame } from '../../../src/journal/wal/frames.js'
import { openWal, type Wal } from '../../../src/journal/wal/wal.js'

describe('the write-ahead log', () => {
  let dir: string
  let opened: Wal[]
  let gap: number
  /** All that a process knows: what it wrote, and what it was handed. */
  const open = (owner: string, { from = 0, fileLimit = 1_000_000 } = {}) => {
    const seen: { readonly text: string; readonly position: number }[] = []
    const onFrame = (frame: { text(): string }, position: number) => seen.push({ text: frame.text(), position })
    const wal = openWal({ dir, owner: owner.repeat(16), from, fileLimit, onFrame, onGap: () => gap })
    opened.push(wal)
    const write = (text: string): number => {
      const position = wal.write(text)
      seen.push({ text, position })
      return position
    }
    return { wal, seen, write }
  }

  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'slashroom-')), 'log')
    opened = []
    gap = Number.NaN
  })
  afterEach(() => {
    for (const wal of opened) wal.close()
    rmSync(join(dir, '..'), { recursive: true })
  })

  it('is one order for all who write to it, over many files', async () => {
    const all = ['a', 'b', 'c'].map((owner) => open(owner, { fileLimit: 2_000 }))
    for (let n = 0; n < 600; n++) {
      all[n % 7 === 0 ? 0 : n % 3]?.write(`line ${n}`)
      if (n % 50 === 0) void all[1]?.wal.sync()
    }
    for (const { wal } of all) wal.catchUp()
    const [first, ...others] = all.map(({ seen }) => seen)
    expect(first?.map(({ text }) => text)).toEqual(Array.from({ length: 600 }, (_, n) => `line ${n}`))
    for (const other of others) expect(other).toEqual(first)
    expect(readdirSync(dir).length).toBeGreaterThan(10)
    await Promise.all(all.map(({ wal }) => wal.sync()))

    const later = open('d', { from: first?.[300]?.position ?? 0 })
    later.wal.catchUp()
    expect(later.seen).toEqual(first?.slice(300))
    expect(later.wal.position()).toBe(all[0]?.wal.position())
  })

  it('goes on behind what a crash cut short, whoever wrote that', () => {
    const [one, two] = [open('a'), open('b')]
    one.write('before')
    appendFileSync(pathOf(1), toFrame('c'.repeat(16), 1, 'cut short').subarray(0, 40))
    two.write('after')
    appendFileSync(pathOf(1), toFrame('c'.repeat(16), 2, '').subarray(0, 20))
    one.write('last')
    two.wal.catchUp()
    expect(one.seen.map(({ text }) => text)).toEqual(['before', 'after', 'last'])
    expect(two.seen).toEqual(one.seen)
  })

  it('writes again what came behind the end of a file', () => {
    const [one, two] = [open('a'), open('b')]
    one.write('1')
    two.wal.catchUp()
    one.wal.rotate()
    two.write('2')
    one.write('3')
    two.wal.catchUp()
    expect(two.seen.map(({ text }) => text)).toEqual(['1', '2', '3'])
    expect(one.seen).toEqual(two.seen)
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('goes on in the next file where the end of one was lost, and where files were', () => {
    const one = open('a')
    one.write('1')
    const { size } = statSync(pathOf(1))
    one.wal.rotate()
    const position = one.write('2')
    truncateSync(pathOf(1), size)
    const two = open('b')
    two.wal.catchUp()
    expect(two.seen).toEqual(one.seen)

    rmSync(pathOf(1))
    const three = open('c')
    three.wal.catchUp()
    expect(three.seen).toEqual([{ text: '2', position }])
    rmSync(pathOf(2))
    expect(open('d', { from: position + 100 }).write('3')).toBeGreaterThan(position + 100)
  })

  it('begins anew where the files in between are done already', () => {
    const [frozen, other] = [open('a'), open('b')]
    frozen.write('1')
    other.wal.rotate()
    other.write('2')
    renameSync(pathOf(2), pathOf(2).replace(/log$/, 'done'))
    other.wal.rotate()
    gap = other.write('3')
    other.write('4')
    const position = frozen.write('5')
    expect(frozen.seen.map(({ text }) => text)).toEqual(['1', '3', '4', '5'])
    expect(position).toBeGreaterThan(gap)
    other.wal.catchUp()
    expect(other.seen.map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5'])
  })

  it('begins no later than a file ends', () => {
    const position = open('a').write('1')
    truncateSync(pathOf(1), 0)
    const two = open('b', { from: position + 1_000 })
    expect(two.write('2')).toBe(position)
  })

  it('says when it cannot be written', () => {
    const one = open('a')
    one.wal.close()
    expect(() => one.write('1')).toThrow(/EBADF/)
  })

  function pathOf(number: number): string {
    return join(dir, `0000000${number}.log`)
  }
})
