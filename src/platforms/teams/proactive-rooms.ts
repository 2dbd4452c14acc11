import type { ReplyTarget } from '../../model/schedule.js'
import { readReplyTo } from './conversations.js'
import type { FindRooms } from './find-rooms.js'
import type { ReplyTo } from './wire.js'

/** Creates a function that finds rooms to post to unasked: by id, or as `#name` for a channel with that name. */
export function createListRooms({ findRooms }: { readonly findRooms: FindRooms }) {
  return async function* listRooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    for (const name of names) {
      for await (const target of findRooms(name.replace(/^#/, ''))) {
        if (only === undefined || target.installation === only) yield target
      }
    }
  }
}

/** Durable, except for an Outgoing Webhook, which accepts no later replies. */
export function durableReplyTo(replyTo: unknown): ReplyTo | undefined {
  const known = readReplyTo(replyTo)
  return known?.webhook ? undefined : known
}
