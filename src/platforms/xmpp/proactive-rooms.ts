import type { ReplyTarget } from '../../model/schedule.js'
import type { RoomSetting, Settings } from './settings.js'
import { localOf, type ReplyTo, readReplyTo } from './wire.js'

/** The bot posts unasked only to rooms in the settings. */
type Known = Pick<Settings, 'jid' | 'domain' | 'rooms'>

/** Creates a function that finds rooms to post to unasked: by address, or by `#name`. */
export function createListRooms(known: Known) {
  return async function* listRooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    if (only !== undefined && only !== known.jid) return
    for (const name of names) {
      const isName = name.startsWith('#')
      for (const room of known.rooms) {
        if ((isName ? `#${localOf(room.id)}` : room.id) === name.toLowerCase()) yield toTarget(room, known)
      }
    }
  }
}

/** Creates a function that finds rooms: by address, otherwise by the part before `@`. */
export function createFindRooms(known: Known) {
  return async function* findRooms(idOrName: string): AsyncGenerator<ReplyTarget> {
    const wanted = idOrName.toLowerCase()
    const byId = known.rooms.filter(({ id }) => id === wanted)
    const found = byId.length > 0 ? byId : known.rooms.filter(({ id }) => localOf(id) === wanted)
    for (const room of found) yield toTarget(room, known)
  }
}

/** Everything lasts except the message that was answered. */
export function durableReplyTo(replyTo: unknown): Omit<ReplyTo, 'stanzaId'> | undefined {
  const known = readReplyTo(replyTo)
  if (!known) return undefined
  const { stanzaId: _, ...lasting } = known
  return lasting
}

function toTarget({ id }: RoomSetting, { jid, domain }: Known): ReplyTarget {
  const replyTo: ReplyTo = { door: 'room', place: id }
  return { installation: jid, tenant: { id: domain }, room: { id, name: localOf(id) }, replyTo }
}
