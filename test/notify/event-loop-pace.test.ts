import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createPace } from '../../src/notify/event-loop-pace.js'

describe('the pace of what was fanned out', () => {
  it('lets one begin in each turn of the event loop', async () => {
    const pace = createPace()
    const begun: number[] = []
    for (let n = 0; n < 5; n++) void pace().then(() => begun.push(n))
    const seen: number[] = []
    for (let n = 0; n < 8; n++) {
      await turn()
      seen.push(begun.length)
    }
    expect(begun).toEqual([0, 1, 2, 3, 4])
    const [first = 0, ...more] = seen
    expect(first).toBeLessThan(2)
    expect(more.every((count, at) => count - (seen[at] ?? 0) <= 1)).toBe(true)
  })
})
