import { describe, expect, it } from 'vitest'
import {
  accepted,
  auditRecord,
  begin,
  drop,
  end,
  record,
  recoveryState,
  sending,
  sent,
  unsent,
} from '../../src/journal/entry-state.js'
import type { RecoveryState } from '../../src/journal/journal.js'
import { say } from '../../src/model/reply.js'
import { recoveryAction } from '../../src/pipeline/recover.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('what becomes of an entry after a crash', () => {
  const left: RecoveryState = { replies: [], shown: 0, doubtful: false }

  it('is run when its run had not begun', () => {
    expect(recoveryAction(undefined, false)).toBe('run')
    expect(recoveryAction(undefined, true)).toBe('run')
  })

  it('is reported when its run had begun, unless it may run again', () => {
    expect(recoveryAction(left, false)).toBe('report')
    expect(recoveryAction(left, true)).toBe('run')
  })

  it('is delivered when its run had ended, whatever it is', () => {
    expect(recoveryAction({ ...left, ended: 'done' }, false)).toBe('deliver')
    expect(recoveryAction({ ...left, ended: 'failed' }, true)).toBe('deliver')
  })
})

describe('how far an invocation has come', () => {
  const start = accepted(invocationOf('1'), 0)
  const come = (...steps: Parameters<typeof run>[1]) => run(start, steps)

  it('leaves nothing to take up before the run began', () => {
    expect(recoveryState(start)).toBeUndefined()
    expect(recoveryState(come(begin))).toEqual({ replies: [], shown: 0, doubtful: false })
  })

  it('doubts a reply from when it is handed over until it is known how that went', () => {
    const said = [begin, record(say('one')), record(say('two'))]
    expect(recoveryState(come(...said))?.doubtful).toBe(false)
    expect(recoveryState(come(...said, sending))?.doubtful).toBe(true)
    expect(recoveryState(come(...said, sending, unsent))?.doubtful).toBe(false)
    expect(recoveryState(come(...said, sending, sent))).toEqual({ replies: [say('two')], shown: 1, doubtful: false })
    expect(recoveryState(come(...said, sending, drop))).toEqual({ replies: [say('two')], shown: 0, doubtful: false })
    expect(recoveryState(come(...said, sending, sent, end('done')))?.ended).toBe('done')
  })

  it('has a story of bounded length, however much was said', () => {
    const all = Array.from({ length: 10_000 }, () => [record(say('x')), sending, sent]).flat()
    const progress = run(start, [begin, ...all, end('done')])
    const whats = auditRecord(progress).events.map(({ what }) => what)
    expect(whats.length).toBeLessThan(60)
    expect(whats.slice(0, 2)).toEqual(['accepted', 'begun'])
    expect(whats.at(-1)).toBe('ended')
    expect(progress.shown).toBe(10_000)
  })
})

function run(progress: ReturnType<typeof accepted>, steps: readonly ReturnType<typeof record>[]): typeof progress {
  const marked = structuredClone(progress)
  for (const step of steps) step(marked, 1)
  return marked
}
