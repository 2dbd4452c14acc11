import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { HttpResponse } from '../../net/http-client.js'
import { parseObject } from '../../shared/json.js'

/** How Discord differs from the retry rule. https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit */
export const retryExceptions: RetryExceptions<HttpResponse> = {
  service: 'Discord',
  /** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
  codeOf: (response) => readNumber(response, 'code') || undefined,
  /** Fractional seconds, while the header has whole ones. */
  waitOf(response) {
    const seconds = readNumber(response, 'retry_after')
    return seconds !== undefined && seconds >= 0 ? Math.max(Math.ceil(seconds * 1_000), 1) : undefined
  },
  isWide: ({ headers, body }) => parseObject(body)?.['global'] === true || headers['x-ratelimit-scope'] === 'global',
  meanings: {
    400: ': it rejects the request as invalid',
    401: ': it does not take the token',
    403: ': the application may not do this there',
    404: ': there is no such thing',
    413: ': it is too large',
  },
}

function readNumber({ body }: HttpResponse, name: string): number | undefined {
  const value = parseObject(body)?.[name]
  return typeof value === 'number' ? value : undefined
}
