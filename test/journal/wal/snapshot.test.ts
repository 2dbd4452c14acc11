import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogRecord } from '../../../src/journal/wal/records.js'
import { findSnapshot } from '../../../src/journal/wal/snapshot.js'
import { createLogState, type LogState } from '../../../src/journal/wal/state.js'
import { UnavailableError } from '../../../src/model/errors.js'
import { type LmdbEnvironment, openLmdb } from '../../../src/stores/lmdb.js'

describe('the snapshot of the log', () => {
  let dir: string
  let embedded: LmdbEnvironment
  const onDisk = Promise.resolve()

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    embedded = openLmdb(dir)
  })
  afterEach(async () => {
    await embedded.close()
    await rm(dir, { recursive: true })
  })

  it('knows what was saved, whatever else is asked', async () => {
    const snapshot = findSnapshot(embedded)
    const state = createLogState(snapshot, [])
    const proof = { key: 'seen/1', body: 'a body', until: 5_000 }
    say(state, 'accept', '1', 10, proof)
    say(state, 'accept', '2', 11)
    say(state, 'close', '1', 12)
    await snapshot.save(state, 13, onDisk)
    expect(state.unsaved()).toBe(0)
    const again = findSnapshot(embedded)
    expect(again.position()).toBe(13)
    expect(again.find('1')).toEqual({ accepted: 10, closed: 12 })
    expect(again.find('2')).toEqual({ accepted: 11, closed: undefined })
    expect(again.find('3')).toBeUndefined()
    expect(again.findReplayToken(proof)).toEqual({ body: 'a body', until: 5_000, position: 10 })
    expect(again.findReplayToken({ ...proof, key: 'seen/2' })).toBeUndefined()
    expect(again.entries().map(({ id }) => id)).toEqual(['2'])
    await again.forget(12)
    expect(again.find('1')).toEqual({ accepted: 10, closed: 12 })
    await again.forget(13)
    expect(again.find('1')).toBeUndefined()
    expect(again.find('2')).toBeDefined()
  })

  it('keeps no entry that was closed, whoever of several saved it first', async () => {
    const snapshots = [findSnapshot(embedded), findSnapshot(embedded)] as const
    const states = snapshots.map((snapshot) => createLogState(snapshot, [])) as [LogState, LogState]
    for (let n = 0; n < 60; n++) {
      for (const state of states) {
        say(state, 'accept', `${n}`, 3 * n)
        if (n >= 4) say(state, 'close', `${n - 4}`, 3 * n + 1)
      }
      const who = n % 5 === 0 ? 1 : 0
      await snapshots[who].save(states[who], 3 * n + 2, onDisk)
    }
    const ids = (): string[] =>
      findSnapshot(embedded)
        .entries()
        .map(({ id }) => id)
        .sort()
    expect(ids()).toEqual(['56', '57', '58', '59'])
    // Who is behind saves nothing.
    await snapshots[1].save(states[1], 100, onDisk)
    expect(findSnapshot(embedded).position()).toBe(179)

    const next = findSnapshot(embedded)
    const state = createLogState(next, next.entries())
    await next.save(state, 180, onDisk)
    say(state, 'close', '57', 181)
    await next.save(state, 182, onDisk)
    expect(ids()).toEqual(['56', '58', '59'])
  })

  it('says nothing of what is not on disk, and later all that it could not', async () => {
    let full = false
    const stumbling: LmdbEnvironment = {
      ...embedded,
      writeReserved: (change, bytes) =>
        full ? Promise.reject(new UnavailableError('The disk is full.', 1)) : embedded.writeReserved(change, bytes),
    }
    const snapshot = findSnapshot(stumbling)
    const state = createLogState(snapshot, [])
    say(state, 'accept', '1', 1)
    await snapshot.save(state, 2, onDisk)
    say(state, 'accept', '2', 3)
    await expect(snapshot.save(state, 4, Promise.reject(new Error('EIO')))).rejects.toThrow('EIO')
    full = true
    say(state, 'close', '1', 5)
    await expect(snapshot.save(state, 6, onDisk)).rejects.toThrow(UnavailableError)
    expect(snapshot.position()).toBe(2)
    expect(state.find('1')).toEqual({ accepted: 1, closed: 5 })
    full = false
    await snapshot.save(state, 6, onDisk)
    expect(snapshot.find('2')).toEqual({ accepted: 3 })
    expect(snapshot.find('1')).toEqual({ accepted: 1, closed: 5 })
    expect(snapshot.entries().map(({ id }) => id)).toEqual(['2'])
  })

  it('saves what is open as it was at its position', async () => {
    const snapshot = findSnapshot(embedded)
    const state = createLogState(snapshot, [])
    say(state, 'accept', '1', 1)
    say(state, 'accept', '2', 1)
    const saved = snapshot.save(state, 2, onDisk)
    say(state, 'close', '1', 3)
    state.apply(b, { kind: 'take', id: '2', turn: 0, text: '1' }, 4)
    await saved
    const again = createLogState(snapshot, findSnapshot(embedded).entries())
    expect(say(again, 'close', '1', 3)).toBe('done')
    expect(again.apply(b, { kind: 'take', id: '2', turn: 0, text: '1' }, 4)).toBe('done')
  })

  it('lets go of proofs a minute after their time, and of no others', async () => {
    const snapshot = findSnapshot(embedded)
    const state = createLogState(snapshot, [])
    const now = Date.now()
    const show = (key: string, until: number): void => void say(state, 'witness', '', 1, { key, body: 'a', until })
    for (let n = 0; n < 600; n++) show(`seen/${n}`, now - 60_001 - n)
    show('seen/good', now - 30_000)
    await snapshot.save(state, 2, onDisk)
    await snapshot.sweep()
    expect([...embedded.table('shown').getKeys()]).toHaveLength(1)
    expect(snapshot.findReplayToken({ key: 'seen/good', body: 'a', until: now - 30_000 })).toBeDefined()
  })

  it('keeps so many rows in the store, and finds what it moved out of it, in other processes too', async () => {
    const [snapshot, other] = [findSnapshot(embedded, 32), findSnapshot(embedded, 32)]
    const state = createLogState(snapshot, [])
    const until = Date.now() + 60_000
    const tokenOf = (n: number) => ({ key: `seen/${n}`, body: `body ${n}`, until: until + (n % 7) })
    for (let n = 0; n < 500; n++) {
      say(state, 'accept', `${n}`, 2 * n, tokenOf(n))
      if (n % 10 > 0) say(state, 'close', `${n}`, 2 * n + 1)
      if (n % 50 < 49) continue
      await snapshot.save(state, 2 * n + 2, onDisk)
      await snapshot.spill()
    }
    expect([...embedded.table('shown').getKeys()].length).toBeLessThanOrEqual(32)
    expect([...embedded.table('calls').getKeys()].length).toBeLessThanOrEqual(32 + 50)
    for (const one of [snapshot, other, findSnapshot(embedded)]) {
      for (let n = 0; n < 500; n++) {
        expect(one.find(`${n}`)).toEqual({ accepted: 2 * n, closed: n % 10 > 0 ? 2 * n + 1 : undefined })
        expect(one.findReplayToken(tokenOf(n))).toEqual({ ...pick(tokenOf(n)), position: 2 * n })
      }
      expect(one.findReplayToken({ ...tokenOf(1), body: 'another' })?.body).not.toBe('another')
      expect(one.find('500')).toBeUndefined()
      expect(one.findReplayToken(tokenOf(500))).toBeUndefined()
    }
    await other.forget(501)
    expect(snapshot.find('249')).toBeUndefined()
    expect(snapshot.find('251')).toBeDefined()
    expect(snapshot.find('240')).toBeDefined() // it is open
  })

  it('moves what an earlier version kept in the store', async () => {
    const calls = embedded.table('calls')
    const snapshot = findSnapshot(embedded, 100)
    const state = createLogState(snapshot, [])
    for (let n = 0; n < 3_000; n++) {
      say(state, 'accept', `${n}`, n)
      say(state, 'close', `${n}`, n)
    }
    await snapshot.save(state, 3_000, onDisk)
    expect([...calls.getKeys()]).toHaveLength(3_000)
    await snapshot.spill()
    expect([...calls.getKeys()].length).toBeLessThanOrEqual(100)
    const lost = Array.from({ length: 3_000 }, (_, n) => n).filter((n) => snapshot.find(`${n}`)?.closed !== n)
    expect(lost).toEqual([])
  })
})

function pick({ body, until }: { readonly body: string; readonly until: number }) {
  return { body, until }
}

const a = 'a'.repeat(16)
const b = 'b'.repeat(16)

function say(
  state: LogState,
  kind: LogRecord['kind'],
  id: string,
  position: number,
  proof?: LogRecord['replayToken'],
): string {
  return state.apply(a, { kind, id, turn: 0, text: '{"events":[]}', replayToken: proof }, position)
}
