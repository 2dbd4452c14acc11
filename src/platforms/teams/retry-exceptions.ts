import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { HttpResponse } from '../../net/http-client.js'
import { asRecord, parseObject, readText } from '../../shared/json.js'

/** How Teams differs from the retry rule. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit */
export const retryExceptions: RetryExceptions<HttpResponse> = {
  service: 'Teams',
  retried: [412],
  codeOf: ({ body }) => readText(asRecord(parseObject(body)?.['error'])['code'])?.slice(0, 100),
  /** Most limits apply to one conversation. */
  isWide: () => false,
  meanings: {
    400: ': it rejects the message as invalid',
    401: ': it does not take the token',
    403: ': the app is not installed there, or may not post there',
    404: ': there is no such conversation or message',
    413: ': it is too large',
  },
}
