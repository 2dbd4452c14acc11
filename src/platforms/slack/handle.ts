import { digest } from '../../net/signature.js'
import type { Store } from '../../stores/store.js'
import { isUnreached, reach } from '../reach.js'
import { type Caller, NoWay, refusal } from './call.js'
import type { Message } from './message.js'
import { name } from './wire.js'

/** A message for a response_url, and who shall see it. */
export interface HandleMessage extends Message {
  readonly response_type: 'ephemeral' | 'in_channel'
  readonly replace_original: false
  readonly thread_ts?: string
}

/** Posts to a response_url, whose posts are counted for all processes. */
export interface Handle {
  /** Throws DeliveryError; one that is not to be retried where fewer than `spare` posts would be left, or time is up. */
  post(url: string, givenAt: number, message: HandleMessage, spare: number): Promise<void>
}

/** What handles are used with. */
export interface HandleParts extends Caller {
  readonly store: Pick<Store, 'add' | 'delete'>
  readonly now?: () => number
}

/**
 * Makes the way by response_url: it needs no token and no membership in the room, but takes five posts within thirty
 * minutes. https://docs.slack.dev/interactivity/handling-user-interaction
 */
export function createHandle({ request, settings, store, now = Date.now }: HandleParts): Handle {
  async function post(url: string, givenAt: number, message: HandleMessage, spare: number): Promise<void> {
    const left = givenAt + lifetime - now()
    const target = URL.canParse(url) ? new URL(url) : undefined
    const privateAllowed = target !== undefined && settings.named(target)
    if (!target || (target.protocol !== 'https:' && !privateAllowed)) throw over('is no address to post to')
    if (left <= 0) throw over('has expired')
    const key = `${name}/handle/${digest(url)}`
    const use = await take(key, posts - spare, left)
    const answer = await reach(
      request(target.href, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(message),
        privateAllowed,
      }),
    ).catch(async (error: unknown) => {
      if (isUnreached(error)) await store.delete(use)
      throw error
    })
    const said = answer.body.toString('utf8')
    if (answer.status === 200 && !/"ok"\s*:\s*false/.test(said)) return
    // What was refused for now has not been posted: its place is free again.
    const failure = refusal('response_url', answer, false)
    if (failure.redelivery.retry) await store.delete(use)
    else if (spent.test(`${failure.word} ${said}`)) await exhaust(key, left)
    throw failure
  }

  /** The key of the post that is taken. Of two who take at once each gets another. */
  async function take(key: string, most: number, ttlMs: number): Promise<string> {
    for (let use = 1; use <= most; use++) {
      if (await store.add(`${key}/${use}`, 1, { ttlMs })) return `${key}/${use}`
    }
    throw over('has no posts left')
  }

  async function exhaust(key: string, ttlMs: number): Promise<void> {
    for (let use = 1; use <= posts; use++) await store.add(`${key}/${use}`, 1, { ttlMs })
  }

  return { post }
}

const posts = 5
/** A minute less than the service gives. */
const lifetime = 29 * 60_000

const spent = /used_url|expired_url|it answered (404|410)/i

function over(why: string): NoWay {
  return new NoWay(`the response_url ${why}`)
}
