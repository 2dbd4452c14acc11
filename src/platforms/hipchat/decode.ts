import type { Installation } from '../../model/installation.js'
import type { User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { isRecord, readText } from '../../shared/json.js'
import type { DecodedRequest, WebhookRequest } from '../platform.js'
import { type Message, name, type Person, type ReplyTo, readId, readPayload } from './wire.js'

/** Says what was asked: a room message that begins with a slash, or nothing. The answer never rides in the ack. */
export function decode(request: WebhookRequest, installation: Installation): DecodedRequest {
  const { event, item } = readPayload(request)
  const { message, room } = item ?? {}
  const roomId = readId(room?.id)
  // A notification is what bots say, ourselves among them. Who answers it answers himself.
  const ours = event === undefined || event === 'room_message'
  if (!ours || !message || !isRecord(message.from) || !roomId || !isCommand(message.message)) return { ack }

  const messageId = readId(message.id)
  const replyTo: ReplyTo = { roomId, messageId }
  return {
    ack,
    invocation: {
      // By tenant: a group and one of its rooms may each have installed us, and both are told of the same message.
      id: messageId
        ? shortHash(name, installation.tenant.id, messageId)
        : shortHash(name, installation.tenant.id, '', request.body),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: roomId, name: readText(room?.name) ?? roomId },
      user: toUser(message.from),
      text: message.message,
      mentions: (message.mentions ?? []).map(toUser),
      at: whenTyped(message) ?? request.receivedAt,
      replyTo,
    },
  }
}

const ack = { status: 204 }

/** A phone may put any space before the slash, and a Japanese keyboard types a wide one. */
function isCommand(message: unknown): message is string {
  return typeof message === 'string' && /^\s*[/／]/u.test(message)
}

function toUser({ id, name, mention_name }: Person): User {
  const mention = readText(mention_name)
  return {
    id: readId(id) ?? 'unknown', // only the documentation's own samples leave it out
    name: readText(name) ?? mention ?? 'somebody',
    mention,
  }
}

function whenTyped({ date }: Message): number | undefined {
  const at = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
