import type { User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import type { DecodedRequest, Verified } from '../platform.js'
import { type Message, name, type Payload, type Person, type ReplyTo } from './wire.js'

/** Decodes a room message that begins with a slash; anything else is ignored. */
export function decode({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest {
  const { event, raw } = payload
  const { message, room } = payload.item
  // Notifications come from bots, including this one; answering them could loop.
  const ours = event === undefined || event === 'room_message'
  if (!ours || !message?.from || !room?.id || !isCommand(message.message)) return { ack }

  const replyTo: ReplyTo = { roomId: room.id, messageId: message.id }
  return {
    ack,
    invocation: {
      // By tenant: a group and one of its rooms may each have installed the bot, and both get the same message.
      id: message.id
        ? shortHash(name, installation.tenant.id, message.id)
        : shortHash(name, installation.tenant.id, '', raw),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: room.id, name: room.name ?? room.id },
      user: toUser(message.from),
      text: message.message,
      mentions: message.mentions.map(toUser),
      at: whenTyped(message) ?? receivedAt,
      replyTo,
    },
  }
}

const ack = { status: 204 }

/** A phone may put any space before the slash, and a Japanese keyboard types a full-width one. */
export function isCommand(message: string | undefined): message is string {
  return message !== undefined && /^\s*[/／]/u.test(message)
}

/** The payload's user. */
export function toUser({ id = 'unknown', name, mention_name: mention }: Person): User {
  return { id, name: name ?? mention ?? 'somebody', mention } // only the documentation's samples have no id
}

function whenTyped({ date }: Message): number | undefined {
  const at = Date.parse(date ?? '')
  return Number.isNaN(at) ? undefined : at
}
