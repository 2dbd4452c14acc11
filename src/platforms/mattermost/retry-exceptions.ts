import { boundWait, type RetryExceptions } from '../../delivery/retry-rule.js'
import { valuesOf } from '../../shared/header-values.js'
import { isRecord } from '../../shared/json.js'

/** In what Mattermost differs from the retry rule. */
export const retryExceptions: RetryExceptions = {
  service: 'the server',
  final: [501], // what is switched off there is no trouble that passes
  codeOf: ({ body }) => (isRecord(body) && typeof body['id'] === 'string' ? body['id'].slice(0, 100) : undefined),
  /** `Retry-After` tells when one more is let through; `X-RateLimit-Reset`, in seconds too, when all are. */
  waitOf({ headers }) {
    if (headers['retry-after'] !== undefined) return undefined
    const seconds = valuesOf(headers['x-ratelimit-reset']).filter((value) => /^\d{1,9}$/.test(value))
    return seconds.length > 0 ? boundWait(Math.max(...seconds.map(Number)) * 1_000) : undefined
  },
  meanings: {
    400: ': it finds fault with the post',
    401: ': MATTERMOST_BOT_TOKEN is not, or no longer, a token of its',
    403: ': the bot may not post there; invite it to the channel',
    404: ': there is no such channel or post',
  },
}
