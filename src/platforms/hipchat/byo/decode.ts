import { HttpError } from '../../../model/errors.js'
import { anonymousId } from '../../../model/invocation.js'
import { shortHash } from '../../../shared/crypto.js'
import { shorten } from '../../../shared/text.js'
import type { DecodedRequest, Verified } from '../../platform.js'
import { isCommand, toUser } from '../decode.js'
import type { Message, Payload } from '../wire.js'
import { name, type ReplyTo } from './wire.js'

/** Decodes the message in the token's room, by an unknown user. Throws HttpError for a body without a message. */
export function decode({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest {
  const { event, raw, item } = payload
  if (event !== undefined && event !== 'room_message') return { ack }
  const { from, id, message, mentions }: Partial<Message> = item.message ?? {}
  if (message === undefined) throw new HttpError('item.message.message must be a string.', 400)
  if (!from || !isCommand(message)) return { ack }

  const { room, hasAddress } = installation.details
  const replyTo: ReplyTo = { hasAddress: hasAddress === true }
  return {
    ack,
    invocation: {
      id: id ? shortHash(name, installation.id, id) : shortHash(name, installation.id, '', raw),
      platform: name,
      installation: installation.id,
      tenant: installation.tenant,
      room: { id: String(room), name: String(room) },
      user: { id: anonymousId, name: shorten(toUser(from).name, 100) },
      text: message,
      mentions: (mentions ?? []).map(toUser),
      at: receivedAt,
      replyTo,
    },
  }
}

/** Shows nothing: it is not a command, or was already answered. */
const ack = { status: 204 }
