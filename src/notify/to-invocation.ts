import type { Invocation } from '../model/invocation.js'
import type { Notification } from '../model/notification.js'
import { shortHash } from '../shared/crypto.js'
import type { FoundRoom } from './room-directory.js'

/** A notification as an invocation for one room, so that the journal can store it. */
export function toInvocation(id: string, notification: Notification, room: FoundRoom, at: number): Invocation {
  const { installation, tenant, room: place, replyTo } = room.target
  return { ...posted(id, notification, at), platform: room.platform, installation, tenant, room: place, replyTo }
}

/** The same for several rooms, or for one that no longer exists; no platform has this name. */
export function toSpread(id: string, notification: Notification, written: string, at: number): Invocation {
  const place = { installation: spread, tenant: { id: spread }, room: { id: written, name: written } }
  return { ...posted(id, notification, at), platform: spread, ...place, replyTo: null }
}

/** The platform name of notifications for several rooms. */
export const spread = 'notify'

/** The id of a notification's part by its index, the same on every fan-out. */
export function partId(id: string, index: number): string {
  return shortHash('notification', id, String(index))
}

/** The user that stands for a sender in the journal; no platform has such user ids. */
export function senderUserId(senderId: string): string {
  return `${senderPrefix}${senderId}`
}

/** Whether a user in the journal is a sender. */
export function isSender(userId: string): boolean {
  return userId.startsWith(senderPrefix)
}

const senderPrefix = 'notify:'

function posted(id: string, notification: Notification, at: number) {
  const { sender } = notification
  const user = { id: senderUserId(sender.id), name: sender.name }
  return { id, user, text: `notification by ${sender.name}`, mentions: [], at, notification }
}
