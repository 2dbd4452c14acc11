import { isConnectFailure } from '../../../delivery/retry-rule.js'
import type { Invocation } from '../../../model/invocation.js'
import { createCache } from '../../../shared/cache.js'
import { shortHash } from '../../../shared/crypto.js'
import { parseUrl } from '../../../shared/url.js'
import type { Store } from '../../../stores/store.js'
import { responseUrlExceptions } from '../retry-exceptions.js'
import { RouteUnavailableError, toSlackError, type WebApiDeps } from '../web-api.js'
import { name } from '../wire.js'
import type { Message } from '../wire-message.js'

/** A message for a response_url, and who sees it. */
export interface ResponseUrlMessage extends Message {
  readonly response_type: 'ephemeral' | 'in_channel'
  readonly replace_original: false
  readonly thread_ts?: string | undefined
}

/** Posts to a response_url; the number of posts is counted across all processes. */
export interface ResponseUrl {
  /** Called for an invocation that arrived in this process: its first post then needs no entry in the store. */
  came(invocation: Invocation): void
  /** Throws DeliveryError; final if fewer than `spare` posts would be left or the time is up. */
  post(url: string, invocation: Invocation, message: ResponseUrlMessage, spare: number): Promise<void>
}

/** What posting to a `response_url` needs. */
export interface ResponseUrlDeps extends WebApiDeps {
  readonly store: Pick<Store, 'add' | 'delete'>
  readonly now?: () => number
}

/**
 * Creates the route through the response_url: it needs no token and no membership in the room, but allows only five posts
 * within thirty minutes. https://docs.slack.dev/interactivity/handling-user-interaction
 */
export function createResponseUrl({ request, settings, store, now = Date.now }: ResponseUrlDeps): ResponseUrl {
  /** Invocations whose first post belongs to this process; after a crash it counts as used. */
  const hasFirst = createCache<boolean>({ max: 10_000 })

  async function post(url: string, invocation: Invocation, message: ResponseUrlMessage, spare: number): Promise<void> {
    const target = parseUrl(url)
    const privateAllowed = target !== undefined && settings.named(target)
    if (!target || (target.protocol !== 'https:' && !privateAllowed)) throw over('is not an address to post to')
    const left = invocation.at + lifetime - now()
    if (left <= 0) throw over('has expired')
    const giveBack = takeFirst(invocation) ?? (await take(keyOf(url), posts - spare, left))
    const answer = await request(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(message),
      privateAllowed,
    }).catch(async (error: unknown) => {
      if (isConnectFailure(error)) await giveBack()
      throw error
    })
    const said = answer.body.toString('utf8')
    if (answer.status === 200 && !/"ok"\s*:\s*false/.test(said)) return
    // A refused post does not count.
    const failure = toSlackError('response_url', answer, responseUrlExceptions)
    if (failure.retryAdvice.retry) await giveBack()
    else if (spent.test(`${failure.message} ${said}`)) await exhaust(keyOf(url), left)
    throw failure
  }

  function takeFirst({ id }: Invocation): (() => Promise<void>) | undefined {
    if (!hasFirst.get(id)) return undefined
    hasFirst.set(id, false)
    return async () => void hasFirst.set(id, true)
  }

  /** Takes one of the later posts and returns a function that gives it back. Concurrent callers get different ones. */
  async function take(key: string, most: number, ttlMs: number): Promise<() => Promise<void>> {
    for (let use = 2; use <= most; use++) {
      const place = `${key}/${use}`
      if (await store.add(place, 1, { ttlMs })) return () => store.delete(place)
    }
    throw over('has no posts left')
  }

  async function exhaust(key: string, ttlMs: number): Promise<void> {
    for (let use = 2; use <= posts; use++) await store.add(`${key}/${use}`, 1, { ttlMs })
  }

  return { came: ({ id }) => void (hasFirst.has(id) || hasFirst.set(id, true)), post }
}

function keyOf(url: string): string {
  return `${name}/handle/${shortHash(url)}`
}

const posts = 5
/** A minute less than the service allows. */
const lifetime = 29 * 60_000

const spent = /used_url|expired_url|it answered (404|410)/i

function over(why: string): RouteUnavailableError {
  return new RouteUnavailableError(`the response_url ${why}`)
}
