import { expect, it } from 'vitest'
import { createDueTimer } from '../../src/scheduler/due-timer.js'
import { createTestClock } from '../fixtures/clock.js'

const hour = 3_600_000

it('does what is due soon after a laptop has slept, which its timers did not notice', async () => {
  const { clock, acts, sleep, awake } = sleeper()
  sleep(5 * hour)
  await awake(60_000)
  expect(acts).toEqual([5 * hour + 60_000])
  await clock.advance(8 * hour)
  expect(acts).toHaveLength(1)
})

it('waits as long as it has to where the clock was put back meanwhile', async () => {
  const { acts, sleep, awake } = sleeper()
  sleep(-hour)
  for (let waited = 0; waited < 2 * hour + 60_000; waited += 60_000) await awake(60_000)
  expect(acts).toEqual([])
  for (let waited = 0; waited < 2 * hour; waited += 60_000) await awake(60_000)
  expect(acts).toHaveLength(1)
})

/** A timer for three o'clock, set at midnight, and a clock that can pass time without its timers. */
function sleeper() {
  const clock = createTestClock(0)
  const acts: number[] = []
  let slept = 0
  const now = () => clock.now() + slept
  const timer = createDueTimer({
    clock: { now, after: clock.after },
    lookMs: 60_000,
    next: () => (acts.length > 0 ? Number.POSITIVE_INFINITY : 3 * hour),
    act: async (at) => void acts.push(at),
  })
  timer.set()
  const sleep = (ms: number) => {
    slept += ms
  }
  return { clock, acts, sleep, awake: clock.advance }
}
