import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LogFields, silentLogger } from '../../src/model/logger.js'
import { createRateLimitedWarn } from '../../src/server/rate-limited-log.js'

describe('warnings that anybody can cause', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are written as they are while they are few', () => {
    const { warn, lines } = sparing()
    for (let count = 0; count < 3; count++) warn({ count }, 'refused')
    vi.advanceTimersByTime(1_000)
    expect(lines).toEqual([{ count: 0 }, { count: 1 }, { count: 2 }])
  })

  it('are counted where they are many, and written again when the flood is over', () => {
    const { warn, lines } = sparing()
    for (let count = 0; count < 1_000; count++) warn({ count }, 'refused')
    expect(lines).toHaveLength(3)
    vi.advanceTimersByTime(1_000)
    expect(lines.at(-1)).toMatchObject({ more: 997 })
    warn({ late: true }, 'refused')
    vi.advanceTimersByTime(10_000)
    expect(lines.at(-1)).toEqual({ late: true })
    expect(lines).toHaveLength(5)
  })

  function sparing() {
    const lines: LogFields[] = []
    const log = { ...silentLogger, warn: (facts: LogFields) => void lines.push(facts) }
    return { warn: createRateLimitedWarn(log, { most: 3 }), lines }
  }
})
