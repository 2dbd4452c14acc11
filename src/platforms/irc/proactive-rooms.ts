import type { Installation } from '../../model/installation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { toRoom } from './decode.js'
import type { Settings } from './settings.js'
import { type ReplyTo, readReplyTo } from './wire.js'

/** Creates a function that finds channels to post to unasked: those in IRC_CHANNELS, by name. */
export function createListRooms(settings: Settings, installation: Installation) {
  return async function* rooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    if (only !== undefined && only !== installation.id) return
    for (const named of names) {
      const channel = findChannel(settings, named)
      if (channel) yield toTarget(channel, installation)
    }
  }
}

/** Creates a function that finds the channel of this name, with or without `#`. */
export function createFindRooms(settings: Settings, installation: Installation) {
  return async function* findRooms(idOrName: string): AsyncGenerator<ReplyTarget> {
    const channel = findChannel(settings, idOrName) ?? findChannel(settings, `#${idOrName}`)
    if (channel) yield toTarget(channel, installation)
  }
}

/** A channel remains, but a person may leave, and somebody else may take the nick. */
export function durableReplyTo(replyTo: unknown): ReplyTo | undefined {
  const { channel } = readReplyTo(replyTo)
  return channel ? { channel } : undefined
}

function findChannel({ channels }: Settings, name: string): string | undefined {
  return channels.find(({ id }) => id === name.toLowerCase())?.id
}

function toTarget(channel: string, installation: Installation): ReplyTarget {
  const replyTo: ReplyTo = { channel }
  return { installation: installation.id, tenant: installation.tenant, room: toRoom(channel), replyTo }
}
