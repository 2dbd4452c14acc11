import type { Installation } from '../../model/installation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { isRecord } from '../../shared/json.js'
import type { Installations } from '../../stores/installations.js'
import { name, type ReplyTo, readId } from './wire.js'

/**
 * Creates a function that finds rooms to post to unasked. An installation for one room knows that room's number, and
 * posts in no other; one for a whole group posts in every room, which the server finds by its number or its name.
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

/** A message that was answered long ago cannot be attached to. */
export function durableReplyTo(replyTo: unknown): ReplyTo | undefined {
  const roomId = isRecord(replyTo) ? readId(replyTo['roomId']) : undefined
  return roomId ? { roomId } : undefined
}

/** Where to post in a room of an installation's. */
export function toTarget({ id, tenant }: Installation, room: ReplyTarget['room']): ReplyTarget {
  const replyTo: ReplyTo = { roomId: room.id }
  return { installation: id, tenant, room, replyTo }
}

/** The server resolves what was written. */
function toRoom(word: string): ReplyTarget['room'] {
  const room = word.replace(/^#/, '')
  return { id: room, name: room }
}
