import { describe, expect, it } from 'vitest'
import { createDeathWatch, describeProcess, heartbeat, isDead } from '../../src/journal/process-liveness.js'

describe('a process that others watch', () => {
  const self = describeProcess()
  const silent = { up: heartbeat().up - 60, at: Date.now() - 60_000 }

  it('lives while it can be seen on this machine, however long it was silent', () => {
    expect(isDead({ ...describeProcess(process.ppid), beat: silent }, self)).toBe(process.platform !== 'linux')
  })

  it.runIf(process.platform === 'linux')('is dead when its pid is gone, or is another process’s now', () => {
    expect(isDead({ ...self, pid: 4_194_305 }, self)).toBe(true)
    expect(isDead({ ...self, started: '1' }, self)).toBe(true)
  })

  it('is judged by its heartbeat where its pid cannot be seen', () => {
    const elsewhere = { ...self, space: 'pid:[1]' }
    expect(isDead(elsewhere, self)).toBe(false)
    expect(isDead({ ...elsewhere, beat: { ...heartbeat(), up: silent.up } }, self)).toBe(true)
  })

  it('is not thought dead because somebody set the clock', () => {
    expect(isDead({ ...self, space: 'pid:[1]', beat: { ...heartbeat(), at: Date.now() - 600_000 } }, self)).toBe(false)
  })

  it('is given time to speak after a pause of all: it is dead only if no heartbeat comes', () => {
    const watch = createDeathWatch(self, 2)
    const elsewhere = { ...self, id: 'other', space: 'pid:[1]' }
    const paused = { ...elsewhere, beat: silent }
    expect([paused, paused, elsewhere, paused, paused, paused].map(watch)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ])
  })

  it.runIf(process.platform === 'linux')('is dead at the first look where it is seen to have ended', () => {
    const watch = createDeathWatch(self, 2)
    expect(watch({ ...self, id: 'other', started: '1' })).toBe(true)
  })

  it('is not thought dead because its own clock is far behind, while its heartbeats come', () => {
    const watch = createDeathWatch(self, 2)
    const beats = [1, 2, 3, 4, 5].map((n) => ({ ...self, boot: 'another', beat: { up: n, at: n * 3_000 } }))
    expect(beats.map(watch)).toEqual(beats.map(() => false))
  })

  it('is judged by the common clock where it began on another start of the machine', () => {
    const before = { ...self, boot: 'before' }
    expect(isDead(before, self)).toBe(false)
    expect(isDead({ ...before, beat: silent }, self)).toBe(true)
  })
})
