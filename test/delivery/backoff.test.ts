import { describe, expect, it } from 'vitest'
import { retryDelay } from '../../src/delivery/backoff.js'

describe('the time until the next try', () => {
  it('grows with the tries and stays below half a minute', () => {
    const longest = [0, 1, 2, 3, 4, 5, 6, 7, 40].map((attempt) => retryDelay(attempt, 0, () => 1))
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
  })

  it('is spread over the whole of it', () => {
    expect(retryDelay(3, 0, () => 0)).toBe(0)
  })

  it('is never sooner than the service asked', () => {
    expect(retryDelay(0, 60_000, () => 0)).toBe(60_000)
  })
})
