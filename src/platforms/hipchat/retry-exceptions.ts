import { boundWait, type FailedResponse, type RetryExceptions, readRetryAfter } from '../../delivery/retry-rule.js'
import { dateOf, valuesOf } from '../../shared/header-values.js'

/** The call is repeated once with a fresh token. */
export const staleToken = 401

/** How HipChat differs from the retry rule. */
export const retryExceptions: RetryExceptions = {
  service: 'the server',
  retried: [staleToken], // even with a new token, because the server may recover
  waitOf: (response) => readPause(response)?.ms,
  isWide: (response) => readPause(response)?.wide ?? true,
  meanings: {
    400: ': it rejects the message as invalid',
    403: ': the room cannot be reached with this installation',
    404: ': there is no such room',
    410: ': the room is gone',
  },
}

/** What is left of the overall limit and of a room's. */
export const remainingHeaders = ['x-ratelimit-remaining', 'x-floodcontrol-remaining'] as const

/** How long a response's limits ask to wait, overall or for the room; undefined if something is left. */
export function readPause({ status, headers }: FailedResponse): { ms: number | undefined; wide: boolean } | undefined {
  const spent = valuesOf(headers['x-ratelimit-remaining']).includes('0')
  const flooded = valuesOf(headers['x-floodcontrol-remaining']).includes('0')
  if (status !== 429 && !spent && !flooded) return undefined
  if (flooded && !spent) return { ms: untilReset(headers['x-floodcontrol-reset'], headers), wide: false }
  return { ms: readRetryAfter({ headers }) ?? windowEnd(headers), wide: true }
}

type Headers = FailedResponse['headers']

/** If the window has calls left, the refusal has another reason. */
function windowEnd(headers: Headers): number | undefined {
  const roomLeft = valuesOf(headers['x-ratelimit-remaining'] ?? '0').every((value) => Number(value) > 0)
  return roomLeft ? undefined : untilReset(headers['x-ratelimit-reset'], headers)
}

/** `Reset` is a second on the server's clock, so it is compared with the response's `Date`. */
function untilReset(reset: string | undefined, headers: Headers): number | undefined {
  const seconds = Math.max(...valuesOf(reset).map(Number))
  return seconds > 0 ? boundWait(seconds * 1_000 - dateOf(headers)) : undefined
}
