import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { HttpResponse } from '../../net/http-client.js'
import { parseObject } from '../../shared/json.js'

/** In what Slack differs from the retry rule: what goes wrong is a word in an answer of status 200. https://docs.slack.dev/apis/web-api */
export const retryExceptions: RetryExceptions<HttpResponse> = {
  service: 'Slack',
  // Troubles of the service's own, which pass.
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

/** After it a call is made once more at once, with a renewed token. */
export const staleToken = 'token_expired'

/** Limits of a method hold for the whole workspace, those of a response_url for it alone. */
export const responseUrlExceptions: RetryExceptions<HttpResponse> = { ...retryExceptions, isWide: () => false }
