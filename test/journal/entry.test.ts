import { describe, expect, it } from 'vitest'
import { accepted, auditRecord, createEntry, recoveryState } from '../../src/journal/entry.js'
import { say } from '../../src/model/reply.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('how far an invocation has come', () => {
  it('leaves nothing to take up before the run began', async () => {
    const { entry, state } = open()
    expect(recoveryState(state)).toBeUndefined()
    await entry.begin()
    expect(recoveryState(state)).toEqual({ replies: [], shown: 0, doubtful: false, deaths: 1 })
  })

  it('doubts a reply from when it is handed over until it is known how that went', async () => {
    const { entry, state } = open()
    await entry.begin()
    await entry.record(say('one'))
    await entry.record(say('two'))
    expect(recoveryState(state)?.doubtful).toBe(false)
    await entry.sending()
    expect(recoveryState(state)?.doubtful).toBe(true)
    await entry.unsent()
    expect(recoveryState(state)?.doubtful).toBe(false)
    await entry.sending()
    await entry.sent()
    expect(recoveryState(state)).toEqual({ replies: [say('two')], shown: 1, doubtful: false, deaths: 1 })
    await entry.sending()
    await entry.drop()
    expect(recoveryState(state)).toEqual({ replies: [], shown: 1, doubtful: false, deaths: 1 })
    await entry.end('done')
    expect(recoveryState(state)?.ended).toBe('done')
  })

  it('has a record of bounded length, however much was said', async () => {
    const { entry, state } = open()
    await entry.begin()
    for (let n = 0; n < 10_000; n++) {
      await entry.record(say('x'))
      await entry.sending()
      await entry.sent()
    }
    await entry.end('done')
    const whats = auditRecord(state).events.map(({ what }) => what)
    expect(whats.length).toBeLessThan(60)
    expect(whats.slice(0, 2)).toEqual(['accepted', 'begun'])
    expect(whats.at(-1)).toBe('ended')
    expect(state.shown).toBe(10_000)
  })
})

function open() {
  const state = accepted(invocationOf('1'), 0)
  const done = () => Promise.resolve()
  const entry = createEntry({ state, token: '' }, { draining: false, save: done, close: done, release: done })
  return { entry, state }
}
