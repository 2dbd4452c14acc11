import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { HttpResponse } from '../../net/http-client.js'
import { asRecord, parseObject } from '../../shared/json.js'

/** How Telegram differs from the retry rule: errors are described in words. https://core.telegram.org/bots/api#making-requests */
export const retryExceptions: RetryExceptions<HttpResponse> = {
  service: 'Telegram',
  gone: ['bot was kicked', 'bot was blocked', 'bot is not a member', 'user is deactivated', 'chat was deleted'],
  codeOf(response) {
    const said = String(parseObject(response.body)?.['description'] ?? '').toLowerCase()
    return [...(retryExceptions.gone ?? []), ...others].map(String).find((words) => said.includes(words))
  },
  /** Whole seconds. */
  waitOf({ body }) {
    const { retry_after: seconds } = asRecord(parseObject(body)?.['parameters'])
    return typeof seconds === 'number' && seconds >= 0 ? Math.max(seconds * 1_000, 1) : undefined
  },
  meanings: {
    400: ': it rejects the request as invalid',
    401: ': TELEGRAM_BOT_TOKEN is invalid or was revoked',
    403: ': the bot may not write there',
    404: ': it knows no such bot, or no such method',
    413: ': it is too large',
  },
}

/** An edit without changes. */
export const notModified = 'message is not modified'

const others = [notModified]
