import { describe, expect, it } from 'vitest'
import type { RecoveryState } from '../../src/journal/journal.js'
import { recoveryAction } from '../../src/pipeline/recover.js'

describe('what becomes of an entry after a crash', () => {
  const left: RecoveryState = { replies: [], shown: 0, doubtful: false, deaths: 1 }

  it('is run when its run had not begun', () => {
    expect(recoveryAction(undefined, false)).toBe('run')
    expect(recoveryAction(undefined, true)).toBe('run')
  })

  it('is reported when its run had begun, unless it may run again', () => {
    expect(recoveryAction(left, false)).toBe('report')
    expect(recoveryAction(left, true)).toBe('run')
  })

  it('is reported when it died with two processes, whatever it is', () => {
    expect(recoveryAction({ ...left, deaths: 2 }, true)).toBe('report')
    expect(recoveryAction({ ...left, deaths: 2 }, false)).toBe('report')
  })

  it('is delivered when its run had ended, whatever it is', () => {
    expect(recoveryAction({ ...left, ended: 'done' }, false)).toBe('deliver')
    expect(recoveryAction({ ...left, ended: 'failed' }, true)).toBe('deliver')
  })
})
