import { randomUUID } from 'node:crypto'
import { toDeliveryError } from '../../delivery/retry-rule.js'
import { DeliveryError } from '../../model/errors.js'
import { createHttpClient, type HttpClient, type HttpResponse } from '../../net/http-client.js'
import { compose } from './compose.js'
import { failureText } from './failure-text.js'
import type { Arrival, NotifyOptions } from './options.js'
import { postWithRetry } from './post-with-retry.js'
import { readTarget, type Target } from './target.js'
import type { Notification } from './wire-format.js'

export { DeliveryError, UsageError } from '../../model/errors.js'
export type { Arrival, NotifyOptions, Progress } from './options.js'
export type { FormatName } from './wire-formats.js'

/**
 * Posts a notification without running a bot: to a Slashroom bot elsewhere, a HipChat server, or an incoming webhook of
 * Slack, Mattermost, Discord or Teams. Resolves once it has arrived. Throws UsageError for invalid options, and DeliveryError
 * if the service refuses it or can't be reached in time. Neither message contains secrets.
 */
export async function notify(text: string, options: NotifyOptions): Promise<Arrival> {
  const target = readTarget(options)
  const notifications = compose(text, options, target.format.maxTextLength)
  const { request, close } = createHttpClient()
  try {
    const ids = await postAll(notifications, target, options, request)
    return { as: target.as, posts: notifications.length, ids }
  } finally {
    await close()
  }
}

/** One at a time, to keep the order. */
async function postAll(
  notifications: readonly Notification[],
  target: Target,
  options: NotifyOptions,
  request: HttpClient,
): Promise<readonly string[]> {
  const { retryForMs = 60_000, signal, onProgress } = options
  const ids: string[] = []
  const posts = notifications.length
  for (const [arrived, notification] of notifications.entries()) {
    const post = createPost(notification, target, inParts(options, arrived, posts), request)
    const onRetry = (reason: string, pauseMs: number) => onProgress?.({ arrived, posts, retry: { reason, pauseMs } })
    const response = await postWithRetry(post, { windowMs: retryForMs, signal, onRetry }).catch((error: unknown) => {
      throw arrived > 0 && error instanceof DeliveryError ? afterSome(error, arrived, posts) : error
    })
    const id = target.format.idOf?.(response)
    if (id !== undefined) ids.push(id)
    onProgress?.({ arrived: arrived + 1, posts })
  }
  return ids
}

/** Only the first part notifies; parts with a key would replace each other. */
function inParts(options: NotifyOptions, at: number, posts: number): NotifyOptions {
  return posts === 1 ? options : { ...options, key: undefined, notify: options.notify && at === 0 }
}

/** Makes one post. All attempts have the same idempotency key, so that a bot accepts it once. */
function createPost(
  notification: Notification,
  { format, address, token, secrets }: Target,
  options: NotifyOptions,
  request: HttpClient,
): () => Promise<HttpResponse> {
  const { key, timeoutMs = 10_000, signal } = options
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': randomUUID(), // bots read it, also in Slack's format
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { 'slashroom-key': key }),
  }
  const body = JSON.stringify(format.body(notification, options))
  return async () => {
    const sent = { method: 'POST', headers, body, timeoutMs, ...(signal ? { signal } : {}) } as const
    const response = await request(address, { ...sent, privateAllowed: true }) // the caller chose the address
    if (response.status >= 200 && response.status < 300 && format.confirms(response)) return response
    throw toDeliveryError(response, format.exceptions, failureText(format.service, response, secrets))
  }
}

function afterSome(cause: DeliveryError, arrived: number, posts: number): DeliveryError {
  const message = `${cause.message}; ${arrived} of ${posts} posts arrived before`
  return new DeliveryError(message, cause.retryAdvice, { cause })
}
