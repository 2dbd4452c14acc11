import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { accepted } from '../../../src/journal/entry.js'
import { encodeState, type LogRecord } from '../../../src/journal/wal/records.js'
import { createWriter } from '../../../src/journal/wal/writer.js'
import { invocationOf } from '../../fixtures/invocation.js'

describe('the writer of the log', () => {
  it('says that something was accepted when it is on disk, and that something was kept when it is written', async () => {
    const { writer, written, syncs, settled } = start()
    const accept = settled(writer.write(line('accept', '1'), true))
    const keep = settled(writer.write(line('keep', '1'), false))
    await turn()
    expect(written).toEqual([['accept\t"1"\t0\t', 'keep\t"1"\t0\t']])
    expect([accept.done, keep.done]).toEqual([false, true])
    syncs.shift()?.resolve()
    await turn()
    expect(accept.done).toBe(true)
  })

  it('refuses what is not on disk, and sees it through later: it stands in the log all the same', async () => {
    const { writer, syncs, left } = start()
    const accept = writer.write(line('accept', '1'), true)
    await turn()
    syncs.shift()?.reject(new Error('EIO'))
    await expect(accept).rejects.toMatchObject({ code: 'unavailable', message: 'The store cannot be written: EIO' })
    await expect(writer.write(line('accept', '2'), true)).rejects.toMatchObject({ code: 'unavailable' })
    expect(left).toEqual([])
    await writer.write(line('keep', '3'), false)
    await expect.poll(() => syncs.length).toBe(1)
    syncs.shift()?.resolve()
    await turn()
    expect(left.map(({ id }) => id)).toEqual(['1'])
  })

  it('brings to disk what was kept, with the next that is accepted or soon after', async () => {
    const { writer, syncs } = start()
    await writer.write(line('keep', '1'), false)
    void writer.write(line('accept', '2'), true)
    await sleep(30)
    expect(syncs).toHaveLength(1)
    syncs.shift()?.resolve()
    await writer.write(line('keep', '2'), false)
    await expect.poll(() => syncs.length).toBe(1)
  })

  it('spends what is kept for it on ending what was begun, never on what is new', async () => {
    const { writer, disk, spent, written } = start()
    disk.full = true
    await expect(writer.write(line('accept', '1'), true)).rejects.toThrow('the disk is full')
    expect(spent).toEqual([])
    await writer.write(line('close', '2'), false)
    expect(spent).toEqual([12])
    expect(written).toEqual([['close\t"2"\t0\t']])
    disk.reserve = 0
    disk.full = true
    await expect(writer.write(line('close', '3'), false)).rejects.toThrow('the disk is full')
  })

  it('lets what cannot be made into a line harm nobody else', async () => {
    const { writer, written } = start()
    const circular: { self?: unknown } = {}
    circular.self = circular
    const state = accepted(invocationOf('2', { replyTo: circular }), 0)
    state.pending.push(circular as never)
    const bad = writer.write(() => ({ kind: 'keep', id: '2', turn: 0, text: encodeState(state) }), false)
    const good = writer.write(line('keep', '1'), false)
    await expect(bad).rejects.toThrow('circular')
    await good
    expect(written).toHaveLength(1)
  })
})

function start() {
  const written: string[][] = []
  const syncs: { resolve(): void; reject(error: Error): void }[] = []
  const left: LogRecord[] = []
  const spent: number[] = []
  const disk = { full: false, reserve: 1 }
  const writer = createWriter({
    owner: 'a'.repeat(16),
    state: { apply: () => 'done' },
    wal: {
      write(lines) {
        if (disk.full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        return written.push(lines.split('\n'))
      },
      sync: () => new Promise((resolve, reject) => void syncs.push({ resolve, reject })),
    },
    reserve: {
      fill: () => true,
      spend(bytes) {
        spent.push(bytes)
        disk.full = false
        return disk.reserve-- > 0
      },
      close() {},
    },
    onOrphan: (line) => left.push(line),
  })
  const settled = (promise: Promise<unknown>): { done: boolean } => {
    const state = { done: false }
    void promise.then(() => {
      state.done = true
    })
    return state
  }
  return { writer, written, syncs, left, spent, disk, settled }
}

function line(kind: LogRecord['kind'], id: string): LogRecord {
  return { kind, id, turn: 0, text: '' }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5)
  })
}
