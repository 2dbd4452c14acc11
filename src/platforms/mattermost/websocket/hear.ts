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

/** The position in a connection's events: the server resends what follows it. */
export interface Position {
  readonly connectionId: string
  readonly nextSeq: number
}

/** What handling events needs. */
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

/** Handles an event and resolves with the new position. Rejects if it was not stored or if events are missing. */
export type Hear = (event: SocketEvent, position: Position | undefined) => Promise<Position>

/** Creates the handler of the server's events; only posts matter. */
export function createHear({ me, now, people, verifyPost, catchUp, accept, log }: HearDeps): Hear {
  /** A post that was not stored is not skipped, because it is sent again. */
  async function take(post: Post, channel: PostChannel): Promise<void> {
    try {
      const verified = await verifyPost(post, channel, me)
      if (verified) await accept(verified)
    } catch (error) {
      if (isBotError(error, 'unavailable') || isFailedCall(error)) throw error
      log.error({ post: post.id, error: stackOf(error) }, 'a post could not be handled')
    }
  }

  return async ({ name, seq, data }, position) => {
    if (name === 'hello') {
      // The first event of a new connection.
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
