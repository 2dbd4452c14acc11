import { describe, expect, it } from 'vitest'
import { createRateLimiter, formatRate, parseRate, rateLimitHeaders } from '../../src/notify/rate-limit.js'

describe('a rate limit', () => {
  const ci = { id: 'ci', rate: { count: 3, windowMs: 60_000 } }

  it('lets so many posts through within its window, and refuses what is over', () => {
    const { limiter } = limiterAt(0)
    const taken = Array.from({ length: 5 }, () => limiter.take(ci))
    expect(taken.map((count) => count?.over)).toEqual([false, false, false, true, true])
    expect(taken.map((count) => count?.remaining)).toEqual([2, 1, 0, 0, 0])
  })

  it('begins anew when the window is over, which what was refused did not make longer', () => {
    const { limiter, clock } = limiterAt(0)
    for (let n = 0; n < 10; n++) limiter.take(ci)
    clock.at = 59_999
    expect(limiter.take(ci)).toMatchObject({ over: true, resetAt: 60_000 })
    clock.at = 60_000
    expect(limiter.take(ci)).toEqual({ over: false, limit: 3, remaining: 2, resetAt: 120_000 })
  })

  it('counts each sender for itself', () => {
    const { limiter } = limiterAt(0)
    for (let n = 0; n < 4; n++) limiter.take(ci)
    expect(limiter.take({ ...ci, id: 'cron' })?.over).toBe(false)
  })

  it('is none for a sender that has none', () => {
    expect(limiterAt(0).limiter.take({ id: 'ci', rate: undefined })).toBeUndefined()
  })

  it('keeps no more senders than it may, and of those the ones that post', () => {
    const { limiter } = limiterAt(0, 10)
    for (let n = 0; n < 100; n++) {
      for (let again = 0; again < 4; again++) limiter.take(ci)
      limiter.take({ ...ci, id: `guest-${n}` })
    }
    expect(limiter.take(ci)?.over).toBe(true)
    expect(limiter.take({ ...ci, id: 'guest-99' })?.remaining).toBe(1)
    expect(limiter.take({ ...ci, id: 'guest-0' })?.remaining).toBe(2)
  })

  it('is told in HipChat’s headers, with seconds since 1970', () => {
    const { limiter } = limiterAt(1_893_456_000_001)
    const count = limiter.take(ci)
    expect(count && rateLimitHeaders(count)).toEqual({
      'X-Ratelimit-Limit': '3',
      'X-Ratelimit-Remaining': '2',
      'X-Ratelimit-Reset': '1893456061',
    })
  })

  it('is written as so many in so long', () => {
    expect(parseRate('30/1m')).toEqual({ count: 30, windowMs: 60_000 })
    expect(parseRate('1/1h30m')).toEqual({ count: 1, windowMs: 5_400_000 })
    expect(parseRate('none')).toBe('none')
    for (const odd of ['', '30', '0/1m', '30/0s', '-1/1m', '30/', '30/soon', 'none/1m', '1e9/1m', '30 / x'])
      expect(parseRate(odd), odd).toBeUndefined()
    for (const text of ['30/1m', '500/5m', 'none']) {
      const rate = parseRate(text)
      expect(formatRate(rate === 'none' ? undefined : rate)).toBe(text)
    }
  })
})

function limiterAt(at: number, maxSenders?: number) {
  const clock = { at }
  const limiter = createRateLimiter({ now: () => clock.at, ...(maxSenders === undefined ? {} : { maxSenders }) })
  return { limiter, clock }
}
