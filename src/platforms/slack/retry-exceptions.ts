import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { HttpResponse } from '../../net/http-client.js'
import { parseObject } from '../../shared/json.js'

/** How Slack differs from the retry rule: errors are codes in a response of status 200. https://docs.slack.dev/apis/web-api */
export const retryExceptions: RetryExceptions<HttpResponse> = {
  service: 'Slack',
  // Temporary problems of the service.
  retried: 'internal_error fatal_error service_unavailable request_timeout team_added_to_org rollup_error'.split(' '),
  gone: ['account_inactive', 'token_revoked'],
  limited: ['ratelimited', 'rate_limited'],
  /** In JSON, or as the whole body. */
  codeOf({ body }) {
    const text = body.toString('utf8')
    const said = parseObject(text)?.['error'] ?? /^\w{1,60}$/.exec(text.trim())?.[0]
    return typeof said === 'string' ? said : undefined
  },
}

/** The call is repeated once with a renewed token. */
export const staleToken = 'token_expired'

/** A method's limit applies to the whole workspace, a response_url's only to itself. */
export const responseUrlExceptions: RetryExceptions<HttpResponse> = { ...retryExceptions, isWide: () => false }
