import type { ReplyTarget } from '../../model/schedule.js'
import { asRecord } from '../../shared/json.js'
import type { Workspaces } from './app/workspaces.js'
import { type ReplyTo, readId } from './wire.js'

/** Creates a function that finds channels to post to unasked: by id, or as `#name`, which the service resolves. */
export function createListRooms({ workspaces }: { readonly workspaces: Workspaces }) {
  return async function* rooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    if (names.length === 0) return
    for await (const { id, tenant } of workspaces.list()) {
      if (only !== undefined && id !== only) continue
      for (const room of names) {
        const replyTo = { channelId: room }
        yield { installation: id, tenant, room: { id: room, name: room.replace(/^#/, '') }, replyTo }
      }
    }
  }
}

/** The response_url expires after half an hour; the bot token does not. */
export function durableReplyTo(replyTo: unknown): Omit<ReplyTo, 'responseUrl'> | undefined {
  const { channelId, userId, threadTs } = asRecord(replyTo)
  const [channel, user] = [readId(channelId), readId(userId)]
  if (!channel || !user) return undefined
  return { channelId: channel, userId: user, ...(typeof threadTs === 'string' ? { threadTs } : {}) }
}
