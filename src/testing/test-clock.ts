import type { Clock } from '../shared/clock.js'

/** Creates a clock that moves only by `advance`, which resolves when what was due has run. */
export function createTestClock(start: number): Clock & { advance(ms: number): Promise<void> } {
  const timers = new Set<{ readonly at: number; readonly then: () => void }>()
  let now = start
  return {
    now: () => now,
    after(ms, then) {
      const timer = { at: now + ms, then }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        now = Math.max(now, next.at)
        timers.delete(next)
        next.then()
        await settle()
      }
      now = end
    },
  }
}

/** Runs everything that only waits for its turn on the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
