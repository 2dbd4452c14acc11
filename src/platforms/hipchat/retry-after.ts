import type { HttpResponse } from '../../net/http-client.js'

/** How long the service asked to wait, and whether with everything or only in the room. */
export interface RetryAfter {
  readonly ms: number | undefined
  readonly wide: boolean
}

/** Reads the rate limits of an answer: undefined while there is something left. */
export function readRetryAfter({ status, headers }: HttpResponse, now: number): RetryAfter | undefined {
  const spent = headers['x-ratelimit-remaining'] === '0'
  const flooded = headers['x-floodcontrol-remaining'] === '0'
  if (status !== 429 && !spent && !flooded) return undefined
  if (flooded && !spent) return { ms: untilReset(headers['x-floodcontrol-reset'], headers, now), wide: false }
  return { ms: retryAfter(headers, now) ?? windowEnd(headers, now), wide: true }
}

type Headers = HttpResponse['headers']

/** A refusal while the window has room left is about something else than the window. */
function windowEnd(headers: Headers, now: number): number | undefined {
  const roomLeft = Number(headers['x-ratelimit-remaining'] ?? 0) > 0
  return roomLeft ? undefined : untilReset(headers['x-ratelimit-reset'], headers, now)
}

/** `Reset` is a second by the server's clock, so that its own `Date` says best how far off that is. */
function untilReset(reset: string | undefined, headers: Headers, now: number): number | undefined {
  const seconds = reset === undefined ? Number.NaN : Number(reset)
  if (!(seconds > 0)) return undefined
  const serverNow = Date.parse(headers['date'] ?? '')
  return clamp(seconds * 1_000 - (Number.isNaN(serverNow) ? now : serverNow))
}

function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers['retry-after']
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : clamp(ms)
}

/** The service's windows are five minutes long; a clock that is wrong by years must not end all talk. */
function clamp(ms: number): number {
  return Math.min(Math.max(ms, 1_000), 6 * 60_000)
}
