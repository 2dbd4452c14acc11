import { describe, expect, it } from 'vitest'
import type { RecoveryState } from '../../src/journal/journal.js'
import { endRecovered, recoveryAction } from '../../src/pipeline/recover.js'
import { createReplyChannel } from '../../src/pipeline/reply-channel.js'
import { invocationOf } from '../fixtures/invocation.js'

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

describe('what the room is told after a crash', () => {
  const user = { id: 'u1', name: 'Ann', mention: 'ann' }
  const invocation = invocationOf('7', { text: '/vault open sesame', user })

  it('names the caller and the command of an answer that may be missing, but not what was typed', async () => {
    const channel = createReplyChannel()
    const left: RecoveryState = { replies: [], shown: 0, doubtful: true, deaths: 1, ended: 'done' }
    endRecovered(invocation, 'vault', left, channel)
    expect(await channel.next()).toMatchObject({
      text: '@ann, the bot was stopped while an answer to your /vault was on its way; if it is missing above, ask again (id 7).',
    })
    expect(await channel.next()).toBeUndefined()
  })

  it('says how to repeat a run that died', async () => {
    const channel = createReplyChannel()
    endRecovered(invocation, 'vault', { replies: [], shown: 0, doubtful: false, deaths: 1 }, channel)
    expect(await channel.next()).toMatchObject({ text: expect.stringContaining('type: /vault open sesame') })
  })
})
