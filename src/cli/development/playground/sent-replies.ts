import { LRUCache } from 'lru-cache'
import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import { render } from '../../../platforms/hipchat/render.js'
import { decodeReplyTo, type Notification } from '../../../platforms/hipchat/wire.js'
import { shortHash } from '../../../shared/crypto.js'
import type { SentReply } from './previews.js'

/** What of a notification can be seen in a room. */
export type ShownNotification = Pick<Notification, 'message' | 'message_format' | 'color' | 'attach_to'> & {
  readonly card?: { readonly id?: unknown } | undefined
}

/** The replies that went into HipChat's rooms lately. */
export interface SentReplies {
  add(reply: Reply, invocation: Invocation): void
  /** The reply that a notification was made from, where it is still known. */
  find(notification: ShownNotification): SentReply | undefined
}

/** Creates it. A reply is found by how it looks in the room: nothing in the protocol says what it was made from. */
export function createSentReplies(): SentReplies {
  const sent = new LRUCache<string, SentReply>({ max: mostKept })
  return {
    add(reply, invocation) {
      sent.set(looksOf(render(reply, invocation, decodeReplyTo(invocation))), { reply, invocation })
    },
    find: (notification) => sent.get(looksOf(notification)),
  }
}

/** As many as the rooms of the page show. */
const mostKept = 1_000

function looksOf({ message, message_format: format, color, attach_to: to, card }: ShownNotification): string {
  return shortHash(JSON.stringify([message, format, color, to ?? null, card?.id ?? null]))
}
