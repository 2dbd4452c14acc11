import { describe, expect, it } from 'vitest'
import {
  asDeliveryError,
  nextPauseMs,
  ResponseError,
  type RetryExceptions,
  readRetryAfter,
  toDeliveryError,
} from '../../src/delivery/retry-rule.js'
import { ConfigError, DeliveryError, NetworkError, UnavailableError } from '../../src/model/errors.js'

const again = { retry: true }

describe('the pause after a failed try', () => {
  const longest = { random: () => 1 }
  const shortest = { random: () => 0 }

  it('grows with the tries and stays below half a minute', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7, 40].map((attempt) => nextPauseMs(again, attempt, 0, longest))
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
  })

  it('is spread over the whole of it', () => {
    expect(nextPauseMs(again, 3, 0, shortest)).toBe(1)
  })

  it('is never sooner than the service asked, and not for all at once', () => {
    const advice = { retry: true, retryAfterMs: 60_000 }
    expect([nextPauseMs(advice, 0, 0, shortest), nextPauseMs(advice, 0, 0, longest)]).toEqual([60_000, 60_125])
  })

  it('ends a quarter of an hour after the first try, and at once after a refusal', () => {
    expect(nextPauseMs(again, 36, 15 * 60_000, longest)).toBe(30_000)
    expect(nextPauseMs(again, 36, 15 * 60_000 + 1, longest)).toBeUndefined()
    expect(nextPauseMs({ retry: false }, 0, 0, longest)).toBeUndefined()
  })
})

describe('an answer that is no success', () => {
  const adviceOf = (
    status: number,
    headers: Record<string, string> = {},
    exceptions?: RetryExceptions,
    body?: unknown,
  ) => toDeliveryError({ status, headers, body }, exceptions).retryAdvice

  it('is tried again where the trouble passes, and for nobody else where it is no limit', () => {
    const statuses = Array.from({ length: 400 }, (_, at) => 200 + at).filter((status) => adviceOf(status).retry)
    expect(statuses).toEqual([408, 425, 429, ...Array.from({ length: 100 }, (_, at) => 500 + at)])
    expect(adviceOf(503)).toEqual({ retry: true })
    expect(adviceOf(429)).toEqual({ retry: true, installationWide: true })
  })

  it('says how long to wait, in seconds or by a date, ten minutes at most', () => {
    const date = 'Fri, 01 Jan 2038 00:00:00 GMT'
    const waits: readonly (readonly [Record<string, string>, number | undefined])[] = [
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after': '0' }, 1_000],
      [{ 'retry-after': '1.5' }, 1_500],
      [{ 'retry-after': '99999999' }, 600_000],
      [{ 'retry-after': 'Fri, 01 Jan 2038 00:00:20 GMT', date }, 20_000],
      [{ 'retry-after': 'Thu, 31 Dec 2037 23:59:00 GMT', date }, 1_000],
      [{ 'retry-after': '4, 4' }, 4_000],
      [{ 'retry-after': '4,30, 7' }, 30_000],
      [{ 'retry-after': 'Fri, 01 Jan 2038 00:00:20 GMT, 30', date }, 30_000],
      [{ 'retry-after': '4, Fri, 01 Jan 2038 00:00:20 GMT, Friday, 01-Jan-38 00:00:10 GMT', date }, 20_000],
      [{ 'retry-after': 'Fri Jan  1 00:00:20 2038 GMT, soon', date }, 20_000],
      [{ 'retry-after': 'Fri, 01 Jan 2038 00:00:20 GMT', date: `${date}, ${date}` }, 20_000],
      [{ 'retry-after': 'soon' }, undefined],
      [{ 'retry-after': '' }, undefined],
      [{}, undefined],
    ]
    for (const [headers, ms] of waits) {
      expect([headers, readRetryAfter({ headers })]).toEqual([headers, ms])
      expect(adviceOf(503, headers).retryAfterMs).toBe(ms)
      expect(adviceOf(404, headers)).toEqual({ retry: false })
    }
    const inTen = new Date(Date.now() + 120_000).toUTCString()
    expect(Math.abs((readRetryAfter({ headers: { 'retry-after': inTen } }) ?? 0) - 120_000)).toBeLessThan(60_000)
  })

  it('is judged by the service’s exceptions first', () => {
    const exceptions: RetryExceptions = {
      service: 'Chat',
      retried: [409, 'busy'],
      final: [501, 'closed'],
      gone: ['removed'],
      limited: ['slow_down'],
      meanings: { 404: ': no such room' },
      codeOf: ({ body }) => (typeof body === 'string' ? body : undefined),
      waitOf: ({ headers }) => (headers['x-wait'] ? Number(headers['x-wait']) : undefined),
      isWide: ({ status }) => status === 429,
    }
    const judged = (status: number, body?: string, headers = {}) => adviceOf(status, headers, exceptions, body)
    expect(judged(409)).toEqual({ retry: true })
    expect(judged(200, 'busy')).toEqual({ retry: true })
    expect(judged(501)).toEqual({ retry: false })
    expect(judged(503, 'closed')).toEqual({ retry: false })
    expect(judged(503, 'removed')).toEqual({ retry: false, uninstalled: true })
    expect(judged(200, 'slow_down')).toEqual({ retry: true, installationWide: false })
    expect(judged(429)).toEqual({ retry: true, installationWide: true })
    expect(judged(500, undefined, { 'x-wait': '250', 'retry-after': '9' })).toEqual({ retry: true, retryAfterMs: 250 })
    expect(judged(500, undefined, { 'x-wait': '9e9' }).retryAfterMs).toBe(600_000)
    const said = (status: number, body?: string) => toDeliveryError({ status, headers: {}, body }, exceptions)
    expect(said(404)).toMatchObject({ message: 'Chat answered 404: no such room', reason: 404 })
    expect(said(403, 'banned')).toMatchObject({ message: 'Chat answered 403 (banned)', reason: 'banned' })
    expect(said(403)).toBeInstanceOf(ResponseError)
  })
})

describe('what a delivery throws', () => {
  it('is tried again where a service or the store was not reached', () => {
    const judged = (error: unknown) => asDeliveryError(error).retryAdvice
    const faults = ['connect', 'timeout', 'reset', 'aborted', 'address', 'too-large'] as const
    expect(faults.filter((fault) => judged(new NetworkError('x', fault)).retry)).toEqual(faults.slice(0, 4))
    expect(judged(new UnavailableError('the store cannot be reached', 2))).toEqual({ retry: true })
    for (const error of [new TypeError('x'), new ConfigError('x'), 'x', undefined]) {
      expect(judged(error)).toEqual({ retry: false })
    }
  })

  it('stays as it is where it is judged already, and keeps its cause where not', () => {
    const given = new DeliveryError('gone', { retry: false })
    expect(asDeliveryError(given)).toBe(given)
    const cause = new TypeError('x is undefined')
    expect(asDeliveryError(cause)).toMatchObject({ message: 'TypeError: x is undefined', cause })
  })
})
