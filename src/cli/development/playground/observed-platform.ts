import { LRUCache } from 'lru-cache'
import type { Catalog } from '../../../model/command.js'
import type { Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import { hipchat } from '../../../platforms/hipchat/index.js'
import { render } from '../../../platforms/hipchat/render.js'
import { decodeReplyTo, type Notification } from '../../../platforms/hipchat/wire.js'
import type { Platform, PlatformFactory } from '../../../platforms/platform.js'
import { shortHash } from '../../../shared/crypto.js'
import type { SentReply } from './previews.js'

/** HipChat as the bot starts it, which remembers what went into its rooms. */
export interface ObservedPlatform {
  readonly start: PlatformFactory
  /** The commands that the bot has; undefined until it has started. */
  catalog(): Catalog | undefined
  /** The reply that a notification came of, where it went there lately. */
  find(notification: ShownNotification): SentReply | undefined
}

/** What of a notification can be seen in a room. */
export type ShownNotification = Pick<Notification, 'message' | 'message_format' | 'color' | 'attach_to'> & {
  readonly card?: { readonly id?: unknown } | undefined
}

/** Creates it. A reply is found by what it looks like in the room: nothing in the protocol says what it came of. */
export function createObservedPlatform(): ObservedPlatform {
  const sent = new LRUCache<string, SentReply>({ max: mostKept })
  let known: Catalog | undefined

  function note(reply: Reply, invocation: Invocation): void {
    sent.set(looksOf(render(reply, invocation, decodeReplyTo(invocation))), { reply, invocation })
  }

  return {
    start(env, deps) {
      known = deps.catalog
      const platform = hipchat(env, deps)
      return platform && observe(platform, note)
    },
    catalog: () => known,
    find: (notification) => sent.get(looksOf(notification)),
  }
}

/** As many as the rooms of the page show. */
const mostKept = 1_000

function observe(platform: Platform, note: (reply: Reply, invocation: Invocation) => void): Platform {
  return {
    ...platform,
    answer(reply, verified, invocation) {
      note(reply, invocation)
      return platform.answer?.(reply, verified, invocation)
    },
    async deliver(reply, invocation) {
      note(reply, invocation)
      await platform.deliver(reply, invocation)
    },
  }
}

function looksOf({ message, message_format: format, color, attach_to: to, card }: ShownNotification): string {
  return shortHash(JSON.stringify([message, format, color, to ?? null, card?.id ?? null]))
}
