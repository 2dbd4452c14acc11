import type { Invocation } from '../model/invocation.js'
import type { Notification } from '../model/notification.js'
import { shortHash } from '../shared/crypto.js'
import type { FoundRoom } from './room-directory.js'

/** The notification as the journal keeps it: for one room as if it had been asked for there. */
export function toInvocation(id: string, notification: Notification, room: FoundRoom, at: number): Invocation {
  const { installation, tenant, room: place, replyTo } = room.target
  return { ...posted(id, notification, at), platform: room.platform, installation, tenant, room: place, replyTo }
}

/** The same for several rooms, or for one that is not there any more: no platform is called that. */
export function toSpread(id: string, notification: Notification, written: string, at: number): Invocation {
  const place = { installation: spread, tenant: { id: spread }, room: { id: written, name: written } }
  return { ...posted(id, notification, at), platform: spread, ...place, replyTo: null }
}

/** Stands for the platform of what is for several rooms. */
export const spread = 'notify'

/** The id of what a notification is in one of its rooms, by its place among them: the same whenever it is fanned out. */
export function partId(id: string, index: number): string {
  return shortHash('notification', id, String(index))
}

/** The user that a sender is in the journal; no platform has users of such ids. */
export function senderUserId(senderId: string): string {
  return `${senderPrefix}${senderId}`
}

/** Whether a user of the journal's is a sender. */
export function isSender(userId: string): boolean {
  return userId.startsWith(senderPrefix)
}

const senderPrefix = 'notify:'

function posted(id: string, notification: Notification, at: number) {
  const { sender } = notification
  const user = { id: senderUserId(sender.id), name: sender.name }
  return { id, user, text: `notification by ${sender.name}`, mentions: [], at, notification }
}
