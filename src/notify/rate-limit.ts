import { formatDuration, parseDuration } from '../parsing/duration.js'
import { createCache } from '../shared/cache.js'
import type { RateLimit, Sender } from './sender.js'

/** Counts what senders post. Each process counts for itself: behind several, a sender may post as many times as much. */
export interface RateLimiter {
  /** Counts one post; undefined for a sender without a limit. */
  take(sender: Pick<Sender, 'id' | 'rate'>): RateCount | undefined
}

/** How much of its limit a sender has used. */
export interface RateCount {
  readonly limit: number
  readonly remaining: number
  /** When it may post as much again, in milliseconds since 1970. */
  readonly resetAt: number
  /** Whether this post was one too many. */
  readonly over: boolean
}

/**
 * Creates a rate limiter with HipChat's fixed window: it begins with the first post, and when it is over, the next one begins.
 * What is refused does not make it longer. Of more senders than it keeps, those that posted longest ago start anew.
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

/** Writes a limit as `parseRate` reads it. */
export function formatRate(rate: RateLimit | undefined): string {
  return rate ? `${rate.count}/${formatDuration(rate.windowMs)}` : 'none'
}
