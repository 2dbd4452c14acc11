import { boundWait, type RetryExceptions } from '../../delivery/retry-rule.js'
import { valuesOf } from '../../shared/header-values.js'
import { isRecord } from '../../shared/json.js'

/** How Mattermost differs from the retry rule. */
export const retryExceptions: RetryExceptions = {
  service: 'the server',
  final: [501], // webhooks are turned off there
  codeOf: ({ body }) => (isRecord(body) && typeof body['id'] === 'string' ? body['id'].slice(0, 100) : undefined),
  /** `Retry-After` says when one more call is allowed; `X-RateLimit-Reset`, also in seconds, when all are. */
  waitOf({ headers }) {
    if (headers['retry-after'] !== undefined) return undefined
    const seconds = valuesOf(headers['x-ratelimit-reset']).filter((value) => /^\d{1,9}$/.test(value))
    return seconds.length > 0 ? boundWait(Math.max(...seconds.map(Number)) * 1_000) : undefined
  },
  meanings: {
    400: ': it rejects the post as invalid',
    401: ': MATTERMOST_BOT_TOKEN is invalid or expired',
    403: ': the bot may not post there; invite it to the channel',
    404: ': there is no such channel or post',
  },
}
