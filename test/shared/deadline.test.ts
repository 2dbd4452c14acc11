import { describe, expect, it } from 'vitest'
import { withDeadline } from '../../src/shared/deadline.js'
import { createTestClock } from '../fixtures/clock.js'

describe('work with a deadline', () => {
  const late = () => new Error('too late')

  it('gives what came in time, and leaves no timer behind', async () => {
    const clock = createTestClock(0)
    await expect(withDeadline(Promise.resolve('done'), 1_000, late, clock)).resolves.toBe('done')
    await expect(withDeadline(Promise.reject(new Error('failed')), 1_000, late, clock)).rejects.toThrow('failed')
    expect(clock.alarms()).toBe(0)
  })

  it('fails when its time is over, whatever becomes of it', async () => {
    const clock = createTestClock(0)
    const waiting = expect(withDeadline(new Promise(() => {}), 1_000, late, clock)).rejects.toThrow('too late')
    await clock.advance(1_000)
    await waiting
  })
})
