import type { Installation } from '../../model/installation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { isRecord } from '../../shared/json.js'
import type { Installations } from '../../stores/installations.js'
import { name, type ReplyTo, readId } from './wire.js'

/**
 * Creates a function that finds rooms to post to unasked. A single-room installation has only its room, which it knows by
 * number; a group's can post to every room, which the server finds by number or name.
 */
export function createListRooms({ installations }: { readonly installations: Pick<Installations, 'find' | 'list'> }) {
  return async function* rooms(names?: readonly string[], id?: string): AsyncGenerator<ReplyTarget> {
    for await (const one of id === undefined ? installations.list(name) : findOne(id)) {
      const bound = readId(one.details['roomId'])
      if (bound) {
        if (!names || names.includes(bound)) yield toTarget(one, { id: bound, name: bound })
      } else for (const word of names ?? []) yield toTarget(one, toRoom(word))
    }
  }

  async function* findOne(id: string): AsyncGenerator<Installation> {
    const found = await installations.find(name, id)
    if (found) yield found
  }
}

/** The attachment to the original message does not last. */
export function durableReplyTo(replyTo: unknown): ReplyTo | undefined {
  const roomId = isRecord(replyTo) ? readId(replyTo['roomId']) : undefined
  return roomId ? { roomId } : undefined
}

/** A room of an installation as a target. */
export function toTarget({ id, tenant }: Installation, room: ReplyTarget['room']): ReplyTarget {
  const replyTo: ReplyTo = { roomId: room.id }
  return { installation: id, tenant, room, replyTo }
}

/** Left to the server to resolve. */
function toRoom(word: string): ReplyTarget['room'] {
  const room = word.replace(/^#/, '')
  return { id: room, name: room }
}
