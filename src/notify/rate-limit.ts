import { formatDuration, parseDuration } from '../parsing/duration.js'
import { createCache } from '../shared/cache.js'
import type { RateLimit, Sender } from './sender.js'

/** Counts senders' posts. Each process counts separately, so several processes multiply the limit. */
export interface RateLimiter {
  /** Counts one post; undefined for a sender without a limit. */
  take(sender: Pick<Sender, 'id' | 'rate'>): RateCount | undefined
}

/** A sender's usage of its limit. */
export interface RateCount {
  readonly limit: number
  readonly remaining: number
  /** When the window ends, in milliseconds since 1970. */
  readonly resetAt: number
  /** Whether this post exceeded the limit. */
  readonly over: boolean
}

/**
 * Creates a rate limiter with HipChat's fixed windows: a window starts with the first post after the previous one ended.
 * Refused posts do not extend it. If there are too many senders, those that posted longest ago start over.
 */
export function createRateLimiter({ now = Date.now, maxSenders = 10_000 }: RateLimiterDeps = {}): RateLimiter {
  const windows = createCache<RateWindow>({ max: maxSenders })
  return {
    take({ id, rate }) {
      if (!rate) return undefined
      const { count, windowMs } = rate
      const at = now()
      const known = windows.get(id)
      const window = known && at < known.resetAt ? known : { used: 0, resetAt: at + windowMs }
      if (window !== known) windows.set(id, window)
      const over = window.used >= count
      if (!over) window.used++
      return { limit: count, remaining: count - window.used, resetAt: window.resetAt, over }
    },
  }
}

interface RateLimiterDeps {
  readonly now?: () => number
  readonly maxSenders?: number
}

interface RateWindow {
  used: number
  readonly resetAt: number
}

/** The headers that HipChat sent with every answer. */
export function rateLimitHeaders({ limit, remaining, resetAt }: RateCount): Readonly<Record<string, string>> {
  return {
    'X-Ratelimit-Limit': String(limit),
    'X-Ratelimit-Remaining': String(remaining),
    'X-Ratelimit-Reset': String(Math.ceil(resetAt / 1000)),
  }
}

/** Reads `30/1m`, or `none`; undefined for anything else. */
export function parseRate(text: string): RateLimit | 'none' | undefined {
  if (text === 'none') return text
  const [, count = '', window = ''] = /^(\d{1,9})\/(.+)$/.exec(text) ?? []
  const windowMs = parseDuration(window)
  return Number(count) > 0 && windowMs !== undefined && windowMs > 0 ? { count: Number(count), windowMs } : undefined
}

/** Formats a limit for `parseRate`. */
export function formatRate(rate: RateLimit | undefined): string {
  return rate ? `${rate.count}/${formatDuration(rate.windowMs)}` : 'none'
}
