import { isFailedCall } from '../../../delivery/retry-rule.js'
import { ConnectionError, isBotError } from '../../../model/errors.js'
import type { Logger } from '../../../model/logger.js'
import { stackOf } from '../../../shared/error-details.js'
import { readText } from '../../../shared/json.js'
import type { Accept } from '../../platform.js'
import type { Person } from '../wire.js'
import type { CatchUp } from './catch-up.js'
import { type People, readPerson } from './people.js'
import type { VerifyPost } from './verify-post.js'
import { type Post, type PostChannel, readPosted, type SocketEvent } from './wire.js'

/** How far a connection has been heard: who comes back with it is sent the rest. */
export interface Position {
  readonly connectionId: string
  readonly nextSeq: number
}

/** What the server's events are heard with. */
export interface HearDeps {
  readonly me: Person
  /** By the server's clock. */
  readonly now: () => number
  readonly people: People
  readonly verifyPost: VerifyPost
  readonly catchUp: Pick<CatchUp, 'missed'>
  readonly accept: Accept
  readonly log: Logger
}

/** Takes in one event, and gives how far is heard with it. Rejects where it was not kept, or others are missing before it. */
export type Hear = (event: SocketEvent, position: Position | undefined) => Promise<Position>

/** Creates what hears the server's events, of which only the posts concern the bot. */
export function createHear({ me, now, people, verifyPost, catchUp, accept, log }: HearDeps): Hear {
  /** What is not kept is not passed over: it comes again. */
  async function take(post: Post, channel: PostChannel): Promise<void> {
    try {
      const verified = await verifyPost(post, channel, me)
      if (verified) await accept(verified)
    } catch (error) {
      if (isBotError(error, 'unavailable') || isFailedCall(error)) throw error
      log.error({ post: post.id, error: stackOf(error) }, 'a post was not taken')
    }
  }

  return async ({ name, seq, data }, position) => {
    if (name === 'hello') {
      // The first of a connection that does not go on from where another ended.
      for await (const [post, channel] of catchUp.missed(now())) await take(post, channel)
      return { connectionId: readText(data['connection_id']) ?? '', nextSeq: seq + 1 }
    }
    if (!position || seq !== position.nextSeq) throw new ConnectionError('events are missing, or come again')
    const posted = name === 'posted' ? readPosted(data) : undefined
    if (posted) await take(...posted)
    if (name === 'user_updated') people.forget(readPerson(data['user'])?.id ?? '')
    return { ...position, nextSeq: seq + 1 }
  }
}
